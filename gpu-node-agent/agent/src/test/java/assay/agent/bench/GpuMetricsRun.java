package assay.agent.bench;

import assay.agent.config.HostPort;
import assay.agent.devices.ComputeDevice;
import assay.agent.devices.GpuFinder;
import assay.agent.metrics.AgentMetrics;
import assay.agent.metrics.MetricsEndpoint;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;

/**
 * Serves the metrics of this machine's GPUs as an agent does, and logs what happens to them, until
 * it is ended. The part of an agent that needs neither a scheduler nor a model.
 */
public final class GpuMetricsRun {
    private GpuMetricsRun() {}

    /** The argument is host:port. */
    public static void main(String[] arguments) throws Exception {
        GpuFinder gpus = GpuFinder.ofMachine(InstantSource.system());
        System.out.println("devices: " + gpus.find().size() + " " + gpus.absence());
        try (gpus;
                var metrics = new AgentMetrics();
                var endpoint = new MetricsEndpoint(HostPort.parse(arguments[0]), metrics::scrape)) {
            for (ComputeDevice device : gpus.find()) {
                System.out.println(device.description());
                gpus.watch().ifPresent(watch -> metrics.watch(device.description(), watch));
            }
            gpus.start(
                    event -> {
                        event.log();
                        metrics.count(event);
                    },
                    thrown -> Runtime.getRuntime().halt(1));
            System.out.println("metrics at " + endpoint.address());
            new CountDownLatch(1).await();
        }
    }
}
