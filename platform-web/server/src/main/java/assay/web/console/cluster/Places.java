package assay.web.console.cluster;

import assay.web.console.cluster.NodeMap.Block;
import assay.web.console.cluster.NodeMap.Box;
import assay.web.console.cluster.NodeMap.Lane;
import assay.web.insight.ClusterPicture;
import assay.web.insight.Device;
import assay.web.insight.Node;
import assay.web.insight.Replica;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Where stages are, as a map draws it. Stateless. */
public final class Places {
    private Places() {}

    /** The nodes on which these replicas have stages, in the order of the stages. */
    public static List<Box> of(ClusterPicture picture, List<Replica> replicas) {
        Map<String, Map<String, List<Block>>> found = new LinkedHashMap<>();
        Map<String, String> names = new LinkedHashMap<>();
        for (Replica replica : replicas) {
            for (Replica.Stage stage : replica.stages()) {
                names.putIfAbsent(stage.nodeId(), stage.nodeName());
                found.computeIfAbsent(stage.nodeId(), _ -> new LinkedHashMap<>())
                        .computeIfAbsent(stage.deviceId(), _ -> new ArrayList<>())
                        .add(block(replica, stage));
            }
        }
        List<Box> boxes = new ArrayList<>();
        found.forEach((nodeId, devices) -> {
            List<Lane> lanes = new ArrayList<>();
            devices.forEach(
                    (deviceId, blocks) -> lanes.add(lane(picture, nodeId, deviceId, blocks)));
            boxes.add(new Box(nodeId, names.getOrDefault(nodeId, nodeId), lanes));
        });
        return boxes;
    }

    /** All devices of a node with every stage on them. */
    public static List<Box> of(ClusterPicture picture, Node node) {
        List<Lane> lanes = new ArrayList<>();
        for (Device device : node.devices()) {
            List<Block> blocks = new ArrayList<>();
            for (Replica replica : picture.replicas()) {
                for (Replica.Stage stage : replica.stages()) {
                    if (stage.nodeId().equals(node.id()) && stage.deviceId().equals(device.id())) {
                        blocks.add(block(replica, stage));
                    }
                }
            }
            lanes.add(lane(device, blocks));
        }
        return List.of(new Box(node.id(), node.name(), lanes));
    }

    private static Block block(Replica replica, Replica.Stage stage) {
        return new Block(
                replica.id(),
                stage.index(),
                stage.firstLayer(),
                stage.endLayer(),
                stage.bytes(),
                stage.state(),
                // In steps: it is drawn, and drawn anew only when it changed.
                Math.round(stage.progressRatio() * 100) / 100.0);
    }

    private static Lane lane(
            ClusterPicture picture, String nodeId, String deviceId, List<Block> blocks) {
        for (Device device : picture.node(nodeId).map(Node::devices).orElse(List.of())) {
            if (device.id().equals(deviceId)) {
                return lane(device, blocks);
            }
        }
        // Its node is away: as long as what was on it.
        return new Lane(
                deviceId, deviceId, blocks.stream().mapToLong(Block::bytes).sum(), 0, blocks);
    }

    /** What others use moves all the time: to a fiftieth of the device is as fine as one sees. */
    private static Lane lane(Device device, List<Block> blocks) {
        long own = blocks.stream().mapToLong(Block::bytes).sum();
        long others = Math.max(device.memoryUsedBytes(), device.memoryBookedBytes()) - own;
        long step = Math.max(1, device.memoryTotalBytes() / 50);
        return new Lane(
                device.id(),
                device.name(),
                device.memoryTotalBytes(),
                Math.max(0, others / step * step),
                blocks);
    }
}
