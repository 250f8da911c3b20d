package assay.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.agent.config.StartException;
import assay.agent.devices.GpuFinder;
import assay.agent.devices.RecordedGpus;
import assay.agent.devices.nvml.RecordedNvml;
import assay.agent.fake.FakeScheduler;
import assay.agent.fake.TestCluster;
import assay.agent.v1.Device;
import assay.agent.v1.DeviceEvent;
import assay.agent.v1.DeviceKind;
import assay.agent.v1.DeviceUse;
import assay.agent.v1.Hello;
import assay.agent.v1.LinkPath;
import assay.agent.v1.NodeMessage;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An agent on a machine with two GPUs, as scheduler and scraper see it. */
class GpuNodeTest {
    private static final String FIRST = "GPU-e7ce2e80-4cc4-1eff-413a-19797002972d";
    private static final String SECOND = "GPU-65381c82-4dc2-fbef-6e8a-5fbe01f06c8b";

    @TempDir Path folder;
    private final RecordedNvml nvml = new RecordedNvml(RecordedNvml.TWO_CARDS);
    private TestCluster cluster;

    @BeforeEach
    void cluster() {
        cluster = new TestCluster(folder);
    }

    @AfterEach
    void close() {
        cluster.close();
    }

    @Test
    void theNodeOffersItsGpusAndNotTheProcessor() throws InterruptedException {
        start();
        Hello hello = node().await(NodeMessage::hasHello).getHello();
        assertThat(hello.getDevicesList()).extracting(Device::getId).containsExactly(FIRST, SECOND);
        Device first = hello.getDevices(0);
        assertThat(first.getKind()).isEqualTo(DeviceKind.DEVICE_KIND_CUDA);
        assertThat(first.getMemoryFreeBytes()).isEqualTo(150_109_880_320L);
        assertThat(first.getGpu().getDriverVersion()).isEqualTo("580.159.04");
        assertThat(first.getGpu().getComputeCapability()).isEqualTo("9.0");
        assertThat(first.getGpu().getPciBusId()).isEqualTo("00000000:00:06.0");
        assertThat(first.getGpu().getLinks(0).getDeviceId()).isEqualTo(SECOND);
        assertThat(first.getGpu().getLinks(0).getPath()).isEqualTo(LinkPath.LINK_PATH_NVLINK);
        assertThat(first.getGpu().getLinks(0).getNvlinkCount()).isEqualTo(18);
    }

    @Test
    void fullMemoryAndABrokenCardReachSchedulerAndScraper()
            throws InterruptedException, IOException {
        Agent agent = start();
        nvml.become("busy");
        assertThat(event("DEVICE_MEMORY_HIGH").getDeviceId()).isEqualTo(FIRST);
        DeviceUse full = use(FIRST, it -> it.getHealth().getMemoryHigh());
        assertThat(full.getMemoryUsedBytes()).isEqualTo(138_102_505_472L);
        assertThat(full.getUtilizationRatio()).isEqualTo(1.0);
        assertThat(full.getHealth().getFault()).isEmpty();
        assertThat(full.getGpu().getTemperatureCelsius()).isEqualTo(46);

        nvml.fault(SECOND, 79);
        DeviceEvent broken = event("DEVICE_XID");
        assertThat(broken.getDeviceId()).isEqualTo(SECOND);
        assertThat(broken.getFieldsMap()).containsEntry("xid", "79");
        use(SECOND, it -> it.getHealth().getFault().equals("DEVICE_XID"));

        assertThat(scrape(agent))
                .contains(
                        gauge("assay_gpu_utilization_ratio", FIRST) + "1.0",
                        gauge("assay_gpu_memory_used_bytes", FIRST) + "1.38102505472E11",
                        gauge("assay_gpu_memory_total_bytes", FIRST) + "1.5010988032E11",
                        gauge("assay_gpu_memory_bandwidth_utilization_ratio", FIRST) + "0.887",
                        gauge("assay_gpu_temperature_celsius", FIRST) + "46.0",
                        gauge("assay_gpu_power_watts", FIRST) + "408.954",
                        gauge("assay_gpu_memory_high", FIRST) + "1.0",
                        gauge("assay_gpu_healthy", FIRST) + "1.0",
                        gauge("assay_gpu_healthy", SECOND) + "0.0",
                        "assay_device_events_total{code=\"DEVICE_XID\",device=\""
                                + SECOND
                                + "\"} 1.0");
    }

    @Test
    void aFaultFromBeforeTheSessionIsInTheHello() throws InterruptedException {
        nvml.fail(FIRST, 15);
        start();
        Hello hello = node().await(NodeMessage::hasHello).getHello();
        assertThat(hello.getDevices(0).getHealth().getFault()).isEqualTo("DEVICE_LOST");
        assertThat(hello.getDevices(1).getHealth().getFault()).isEmpty();
    }

    @Test
    void theProcessorIsOfferedWhereItIsAskedFor() throws InterruptedException {
        start("--backend", "cpu");
        Hello hello = node().await(NodeMessage::hasHello).getHello();
        assertThat(hello.getDevicesList()).extracting(Device::getId).containsExactly("cpu");
    }

    @Test
    void withoutAUsableGpuTheProcessorIsOffered() throws InterruptedException {
        nvml.driver("470.57.02");
        start();
        Hello hello = node().await(NodeMessage::hasHello).getHello();
        assertThat(hello.getDevicesList()).extracting(Device::getId).containsExactly("cpu");
    }

    @Test
    void anAgentThatMustHaveAGpuDoesNotStartWithoutAndSaysWhy() {
        nvml.driver("470.57.02");
        assertThatThrownBy(() -> start("--backend", "cuda"))
                .isInstanceOf(StartException.class)
                .hasMessage(
                        "--backend: cuda, but no GPU: driver: 470.57.02 (expected: 525.85.12 or"
                                + " newer)");
    }

    private Agent start(String... more) throws InterruptedException {
        return cluster.startOn(this::gpus, "gpu-node", more);
    }

    private GpuFinder gpus() {
        return RecordedGpus.of(nvml);
    }

    private FakeScheduler.Node node() {
        return cluster.scheduler().node("gpu-node");
    }

    private DeviceEvent event(String code) throws InterruptedException {
        return node().await(it -> it.hasDeviceEvent() && it.getDeviceEvent().getCode().equals(code))
                .getDeviceEvent();
    }

    private DeviceUse use(String device, Predicate<DeviceUse> like) throws InterruptedException {
        Predicate<DeviceUse> wanted = it -> it.getDeviceId().equals(device) && like.test(it);
        return node()
                .await(it -> it.getHeartbeat().getDevicesList().stream().anyMatch(wanted))
                .getHeartbeat()
                .getDevicesList()
                .stream()
                .filter(wanted)
                .findFirst()
                .orElseThrow();
    }

    private static String gauge(String name, String device) {
        return name + "{device=\"" + device + "\",name=\"NVIDIA H200\"} ";
    }

    private static String scrape(Agent agent) throws IOException, InterruptedException {
        URI uri = URI.create("http://" + agent.metricsAddress() + "/metrics");
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(uri).build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }
}
