package assay.agent.devices.nvml;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Readings that {@link NvmlRecorder} took from a machine. A test goes from one moment of the
 * recording to another, changes a reading, or lets a fault happen. Thread-safe.
 */
public final class RecordedNvml implements Nvml {
    /** Two cards and NVLink between them. */
    public static final String TWO_CARDS = "two-h200.properties";

    private final Properties recording = new Properties();
    private final List<Card> cards = new ArrayList<>();
    private final Map<String, Sample> samples = new ConcurrentHashMap<>();
    private final Map<String, NvmlException> failures = new ConcurrentHashMap<>();
    private final BlockingQueue<Fault> faults = new LinkedBlockingQueue<>();
    private volatile String driver;
    private volatile boolean closed;

    /** A recording at its moment {@code idle}. */
    public RecordedNvml(String name) {
        try (Reader file =
                new InputStreamReader(
                        Objects.requireNonNull(RecordedNvml.class.getResourceAsStream(name), name),
                        StandardCharsets.UTF_8)) {
            recording.load(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        driver = text("driver");
        for (int card = 0; card < number("cards"); card++) {
            cards.add(card(card));
        }
        become("idle");
    }

    /** Goes to another moment of the recording. */
    public void become(String moment) {
        for (int card = 0; card < cards.size(); card++) {
            samples.put(cards.get(card).uuid(), moment(card + "." + moment + "."));
        }
    }

    /** Another driver. */
    public void driver(String version) {
        driver = version;
    }

    /** Another card in the place of one that was recorded. */
    public void replace(int index, Card card) {
        samples.putIfAbsent(card.uuid(), moment(index + ".idle."));
        card.parts().forEach(part -> samples.put(part.uuid(), moment(index + ".idle.")));
        cards.set(index, card);
    }

    /** Another reading. */
    public void reading(String uuid, Sample sample) {
        samples.put(uuid, sample);
    }

    /** From now on every reading of the card fails with that code. */
    public void fail(String uuid, int code) {
        failures.put(uuid, new NvmlException("nvmlDeviceGetMemoryInfo_v2", code));
    }

    /** The driver reports an error of a card. */
    public void fault(String uuid, long xid) {
        faults.add(new Fault(uuid, xid));
    }

    /** Whether it was given back. */
    public boolean isClosed() {
        return closed;
    }

    @Override
    public String driverVersion() {
        return driver;
    }

    @Override
    public List<Card> cards() {
        return List.copyOf(cards);
    }

    @Override
    public Sample sample(String uuid) {
        NvmlException failure = failures.get(uuid);
        if (failure != null) {
            throw failure;
        }
        return Objects.requireNonNull(samples.get(uuid), uuid);
    }

    @Override
    public boolean tellsFaults() {
        return true;
    }

    @Override
    public Optional<Fault> awaitFault(Duration limit) {
        try {
            return Optional.ofNullable(faults.poll(limit.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        closed = true;
    }

    private Card card(int index) {
        String at = index + ".";
        List<Link> links = new ArrayList<>();
        for (int link = 0; link < number(at + "links"); link++) {
            links.add(
                    new Link(
                            text(at + "link." + link + ".uuid"),
                            Path.valueOf(text(at + "link." + link + ".path")),
                            (int) number(at + "link." + link + ".nvlink_count")));
        }
        return new Card(
                text(at + "uuid"),
                text(at + "name"),
                text(at + "pci_bus_id"),
                text(at + "compute_capability"),
                (int) number(at + "multiprocessors"),
                number(at + "memory_total_bytes"),
                recording.containsKey(at + "memory_bytes_per_second")
                        ? number(at + "memory_bytes_per_second")
                        : 0,
                false,
                List.of(),
                links);
    }

    private Sample moment(String at) {
        return new Sample(
                number(at + "memory_used_bytes"),
                number(at + "memory_total_bytes"),
                real(at + "utilization_ratio"),
                real(at + "memory_bandwidth_ratio"),
                recording.containsKey(at + "temperature_celsius")
                        ? OptionalInt.of((int) number(at + "temperature_celsius"))
                        : OptionalInt.empty(),
                real(at + "power_watts"),
                recording.containsKey(at + "uncorrected_errors")
                        ? OptionalLong.of(number(at + "uncorrected_errors"))
                        : OptionalLong.empty());
    }

    private OptionalDouble real(String key) {
        return recording.containsKey(key)
                ? OptionalDouble.of(Double.parseDouble(text(key)))
                : OptionalDouble.empty();
    }

    private long number(String key) {
        return Long.parseLong(text(key));
    }

    private String text(String key) {
        return Objects.requireNonNull(recording.getProperty(key), key);
    }
}
