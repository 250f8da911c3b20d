package assay.agent.metrics;

import assay.agent.devices.ComputeDevice;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

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
