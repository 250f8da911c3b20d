package assay.scheduler.sim.bench;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeviceLink;
import assay.scheduler.core.cluster.DeviceSnapshot;
import assay.scheduler.core.cluster.NodeDuty;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.NodeSnapshot;
import assay.scheduler.core.cluster.NodeState;
import java.util.ArrayList;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Nodes of eight cards, as their drivers would announce them.
 *
 * @param label as the card names itself: its speed follows from it
 * @param mebibytes that the driver tells
 * @param linkBytesPerSecond between any two of a node, in one direction
 */
record Cards(String label, long mebibytes, long linkBytesPerSecond) {
    static final Cards H200 = new Cards("NVIDIA H200", 143_771, 450_000_000_000L);
    static final Cards H100 = new Cards("NVIDIA H100 80GB HBM3", 81_559, 450_000_000_000L);
    static final Cards A100 = new Cards("NVIDIA A100-SXM4-80GB", 81_920, 300_000_000_000L);
    static final Cards L40S = new Cards("NVIDIA L40S", 46_068, 25_000_000_000L);

    private static final int EACH = 8;

    /** 400 Gbit/s. */
    private static final long NETWORK = 50_000_000_000L;

    /**
     * @param number of the node, from which its id follows
     * @param rack where it stands
     */
    NodeSnapshot node(int number, String rack) {
        var devices = new ArrayList<DeviceSnapshot>();
        for (int index = 0; index < EACH; index++) {
            var links = new ArrayList<DeviceLink>();
            for (int other = 0; other < EACH; other++) {
                if (other != index) {
                    links.add(new DeviceLink("gpu" + other, linkBytesPerSecond));
                }
            }
            devices.add(
                    new DeviceSnapshot(
                            "gpu" + index,
                            "cuda",
                            label,
                            Bytes.of(mebibytes << 20),
                            Bytes.ZERO,
                            true,
                            0,
                            0,
                            links));
        }
        return new NodeSnapshot(
                new NodeId(new UUID(1, number)),
                "node-" + number,
                "node-" + number + ":1",
                "1",
                devices,
                NodeState.READY,
                NodeDuty.OPEN,
                Map.of(NodeSnapshot.RACK, rack, "pool", number % 10 == 0 ? "reserved" : "common"),
                Set.of(),
                NETWORK);
    }
}
