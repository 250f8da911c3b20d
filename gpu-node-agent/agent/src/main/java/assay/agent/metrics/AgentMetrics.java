package assay.agent.metrics;

import assay.agent.devices.ComputeDevice;
import assay.agent.devices.DeviceEvent;
import assay.agent.devices.GpuWatch;
import assay.agent.devices.NetworkTraffic;
import assay.agent.devices.nvml.Nvml.Sample;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.DoubleSupplier;
import java.util.function.ToDoubleFunction;

/** The agent's registry. Thread-safe. */
public final class AgentMetrics implements AutoCloseable {
    private final PrometheusMeterRegistry registry =
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics collections = new JvmGcMetrics();

    /** Begins with the figures of the process itself. */
    public AgentMetrics() {
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        collections.bindTo(registry);
    }

    /** Shows a device by the reading that was taken last. */
    public void watch(ComputeDevice.Description device, LastReading last) {
        Tags tags = Tags.of("device", device.id(), "name", device.name());
        Gauge.builder("assay.device.memory.total.bytes", device, d -> d.memoryTotalBytes())
                .description("Memory that stages could have on the device")
                .tags(tags)
                .register(registry);
        Gauge.builder("assay.device.memory.used.bytes", last, l -> l.get().memoryUsedBytes())
                .description("Memory of the device that is in use")
                .tags(tags)
                .strongReference(true)
                .register(registry);
        Gauge.builder("assay.device.utilization.ratio", last, l -> l.get().utilizationRatio())
                .description("How busy the device was over the last interval")
                .tags(tags)
                .strongReference(true)
                .register(registry);
    }

    /** Shows a GPU by what its watch read last; what a card does not tell is NaN. */
    public void watch(ComputeDevice.Description device, GpuWatch watch) {
        Tags tags = Tags.of("device", device.id(), "name", device.name());
        sampled(
                "assay.gpu.utilization.ratio",
                "Time in which some kernel ran",
                tags,
                () -> sample(device, watch, s -> s.utilizationRatio().orElse(Double.NaN)));
        sampled(
                "assay.gpu.memory.used.bytes",
                "Memory that programs hold",
                tags,
                () -> sample(device, watch, Sample::memoryUsedBytes));
        sampled(
                "assay.gpu.memory.total.bytes",
                "Memory that programs can have",
                tags,
                device::memoryTotalBytes);
        sampled(
                "assay.gpu.memory.bandwidth.utilization.ratio",
                "What went to and from memory, as a share of what can",
                tags,
                () -> sample(device, watch, s -> s.memoryBandwidthRatio().orElse(Double.NaN)));
        sampled(
                "assay.gpu.temperature.celsius",
                "Of the chip",
                tags,
                () -> sample(device, watch, s -> orNaN(s.temperatureCelsius())));
        sampled(
                "assay.gpu.power.watts",
                "Drawn by the card",
                tags,
                () -> sample(device, watch, s -> s.powerWatts().orElse(Double.NaN)));
        sampled(
                "assay.gpu.healthy",
                "1 while stages may be placed on it, else 0",
                tags,
                () -> watch.health(device.id()).fault().isEmpty() ? 1 : 0);
        sampled(
                "assay.gpu.memory.high",
                "1 while the alert of nearly full memory is raised, else 0",
                tags,
                () -> watch.health(device.id()).memoryHigh() ? 1 : 0);
    }

    /** Counts what happened to a device. */
    public void count(DeviceEvent event) {
        registry.counter(
                        "assay.device.events",
                        Tags.of("device", event.deviceId(), "code", event.code().name()))
                .increment();
    }

    private void sampled(String name, String about, Tags tags, DoubleSupplier value) {
        Gauge.builder(name, value, DoubleSupplier::getAsDouble)
                .description(about)
                .tags(tags)
                .strongReference(true)
                .register(registry);
    }

    private static double sample(
            ComputeDevice.Description device, GpuWatch watch, ToDoubleFunction<Sample> reading) {
        Optional<Sample> sample = watch.latest(device.id());
        return sample.isPresent() ? reading.applyAsDouble(sample.get()) : Double.NaN;
    }

    private static double orNaN(OptionalInt value) {
        return value.isPresent() ? value.getAsInt() : Double.NaN;
    }

    /** Tells what comes and goes over the network. */
    public void watch(NetworkTraffic network) {
        FunctionCounter.builder(
                        "assay.network.receive.bytes",
                        network,
                        it -> it.sinceStart().map(NetworkTraffic.Bytes::received).orElse(0L))
                .register(registry);
        FunctionCounter.builder(
                        "assay.network.transmit.bytes",
                        network,
                        it -> it.sinceStart().map(NetworkTraffic.Bytes::sent).orElse(0L))
                .register(registry);
    }

    /** Meters of one stage; closed with it. */
    public StageMeters stage(StageLabels labels) {
        return new StageMeters(registry, labels);
    }

    /** Everything, in Prometheus' text format. */
    public String scrape() {
        return registry.scrape();
    }

    @Override
    public void close() {
        collections.close();
        registry.close();
    }

    /** Gives the newest reading. */
    @FunctionalInterface
    public interface LastReading {
        /** Never blocks. */
        ComputeDevice.Reading get();
    }

    /** What a stage's figures are labelled with. */
    public record StageLabels(String model, String version, String replica, int stage) {
        Tags tags() {
            return Tags.of(
                    "model",
                    model,
                    "version",
                    version,
                    "replica",
                    replica,
                    "stage",
                    Integer.toString(stage));
        }
    }
}
