package assay.agent.devices.nvml;

import assay.agent.devices.nvml.Nvml.Card;
import assay.agent.devices.nvml.Nvml.Link;
import assay.agent.devices.nvml.Nvml.Sample;
import java.io.PrintStream;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Takes readings on a machine with cards for {@link RecordedNvml}: the cards, and one sample of
 * each at a moment that the argument names. Parts of split cards are not recorded.
 */
public final class NvmlRecorder {
    private final PrintStream out;

    private NvmlRecorder(PrintStream out) {
        this.out = out;
    }

    /** Prints a recording: {@code cards} for the cards, else the name of the moment. */
    public static void main(String[] arguments) throws InterruptedException {
        String what = arguments[0];
        try (Nvml nvml = LibraryNvml.open()) {
            var recorder = new NvmlRecorder(System.out);
            if (what.equals("cards")) {
                recorder.cards(nvml);
            } else {
                // The memory's rate is that between two readings, so the first would be of nothing.
                nvml.cards().forEach(card -> nvml.sample(card.uuid()));
                boolean _ = new CountDownLatch(1).await(1, TimeUnit.SECONDS);
                for (int card = 0; card < nvml.cards().size(); card++) {
                    recorder.sample(
                            card + "." + what + ".", nvml.sample(nvml.cards().get(card).uuid()));
                }
            }
        }
    }

    private void cards(Nvml nvml) {
        List<Card> cards = nvml.cards();
        out.printf(
                "# %s, driver %s, recorded on %s by NvmlRecorder%n",
                cards.stream().map(Card::name).toList(),
                nvml.driverVersion(),
                LocalDate.now(ZoneOffset.UTC));
        put("driver", nvml.driverVersion());
        put("tells_faults", nvml.tellsFaults());
        put("cards", cards.size());
        for (int index = 0; index < cards.size(); index++) {
            Card card = cards.get(index);
            String at = index + ".";
            put(at + "uuid", card.uuid());
            put(at + "name", card.name());
            put(at + "pci_bus_id", card.pciBusId());
            put(at + "compute_capability", card.computeCapability());
            put(at + "multiprocessors", card.multiprocessors());
            put(at + "memory_total_bytes", card.memoryTotalBytes());
            put(at + "links", card.links().size());
            for (int link = 0; link < card.links().size(); link++) {
                Link to = card.links().get(link);
                put(at + "link." + link + ".uuid", to.uuid());
                put(at + "link." + link + ".path", to.path());
                put(at + "link." + link + ".nvlink_count", to.nvLinkCount());
            }
        }
    }

    private void sample(String at, Sample sample) {
        put(at + "memory_used_bytes", sample.memoryUsedBytes());
        put(at + "memory_total_bytes", sample.memoryTotalBytes());
        sample.utilizationRatio().ifPresent(it -> put(at + "utilization_ratio", it));
        sample.memoryBandwidthRatio().ifPresent(it -> put(at + "memory_bandwidth_ratio", it));
        sample.temperatureCelsius().ifPresent(it -> put(at + "temperature_celsius", it));
        sample.powerWatts().ifPresent(it -> put(at + "power_watts", it));
        sample.uncorrectedErrors().ifPresent(it -> put(at + "uncorrected_errors", it));
    }

    private void put(String key, Object value) {
        out.println(key + "=" + value);
    }
}
