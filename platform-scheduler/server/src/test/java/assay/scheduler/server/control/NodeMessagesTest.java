package assay.scheduler.server.control;

import static org.assertj.core.api.Assertions.assertThat;

import assay.agent.v1.Device;
import assay.agent.v1.DeviceKind;
import assay.agent.v1.Hello;
import assay.scheduler.core.cluster.DeviceSnapshot;
import assay.scheduler.core.cluster.NodeId;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NodeMessagesTest {
    @ParameterizedTest
    @CsvSource({"3352320000000, 3352320000000", "0, 0", "-5, 0"})
    void theSpeedThatACardTellsIsWhatPlacementCountsWith(long told, long counted) {
        var hello =
                Hello.newBuilder()
                        .setName("n")
                        .setAddress("n:1")
                        .addDevices(
                                Device.newBuilder()
                                        .setId("GPU-1")
                                        .setKind(DeviceKind.DEVICE_KIND_CUDA)
                                        .setName("a card of tomorrow")
                                        .setMemoryTotalBytes(1L << 30)
                                        .setMemoryFreeBytes(1L << 30)
                                        .setMemoryBytesPerSecond(told))
                        .build();
        assertThat(NodeMessages.node(new NodeId(UUID.randomUUID()), hello).snapshot().devices())
                .extracting(DeviceSnapshot::memoryBytesPerSecond)
                .containsExactly(counted);
    }
}
