package assay.scheduler.core.placement;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeploymentId;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.DeviceSnapshot;
import assay.scheduler.core.cluster.LayerCache;
import assay.scheduler.core.cluster.ModelLayout;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.NodeSnapshot;
import assay.scheduler.core.cluster.NodeState;
import assay.scheduler.core.cluster.Precision;
import assay.scheduler.core.cluster.ReplicaId;
import assay.scheduler.core.cluster.VersionId;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Models and nodes for tests. */
public final class Specs {
    static final int KV_TOKENS = 16;

    private Specs() {}

    /** A fleet of those nodes, with nothing booked. */
    public static Fleet fleet(List<NodeSnapshot> nodes) {
        var fleet = new Fleet();
        nodes.forEach(fleet::put);
        return fleet;
    }

    public static ReplicaId replica(int number) {
        return new ReplicaId(new UUID(2, number));
    }

    /** With a small, fixed workspace: hidden size and vocabulary are 1, one sequence. */
    public static DeploymentSpec deployment(
            List<Bytes> layers, long embedding, long head, long kvPerTokenAndLayer, int stages) {
        var layout =
                new ModelLayout(
                        Bytes.of(embedding),
                        layers,
                        Bytes.of(head),
                        new LayerCache(
                                Bytes.of(kvPerTokenAndLayer), Bytes.of(kvPerTokenAndLayer), 0),
                        1,
                        1);
        return new DeploymentSpec(
                new DeploymentId(new UUID(3, 3)),
                "test",
                new VersionId(new UUID(4, 4)),
                layout,
                1,
                stages,
                KV_TOKENS,
                1,
                Precision.EXACT);
    }

    /** A ready node with devices of those sizes, named d0, d1 and so on. */
    public static NodeSnapshot node(int number, long... memory) {
        var devices = new ArrayList<DeviceSnapshot>();
        for (int index = 0; index < memory.length; index++) {
            devices.add(
                    new DeviceSnapshot(
                            "d" + index, "cpu", "test", Bytes.of(memory[index]), Bytes.ZERO));
        }
        return new NodeSnapshot(
                new NodeId(new UUID(1, number)),
                "node-" + number,
                "n" + number + ":1",
                "1",
                devices,
                NodeState.READY);
    }
}
