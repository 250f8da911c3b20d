package assay.scheduler.core.placement;

import assay.scheduler.core.cluster.DeviceId;
import assay.scheduler.core.cluster.DeviceLink;
import assay.scheduler.core.cluster.DeviceSnapshot;

/** A device in a {@link Fleet}, which alone changes it. Confined to the control loop. */
final class FleetDevice {
    /**
     * What devices have in common that compute alike.
     *
     * @param gpu whether they are cards
     * @param speed how fast they are
     */
    record Kind(boolean gpu, DeviceSpeed speed) {}

    private static final long MICRO = 1_000;

    /** Between devices of a node that name no better way: sixteen lanes of PCIe 4. */
    private static final long HOST_BYTES_PER_SECOND = 20_000_000_000L;

    /** Between nodes that tell nothing of their network: ten gigabits. */
    private static final long NETWORK_BYTES_PER_SECOND = 1_250_000_000L;

    /** What a message takes on the way, however small it is. */
    private static final long NODE_NANOS = 20 * MICRO;

    private static final long RACK_NANOS = 80 * MICRO;
    private static final long FAR_NANOS = 150 * MICRO;

    final FleetNode node;
    final DeviceSnapshot snapshot;
    final DeviceId id;
    final Kind kind;
    final int index;
    final Booked booked;
    private final long capacity;
    private final boolean open;

    FleetDevice(FleetNode node, int index, Booked booked) {
        this.node = node;
        this.index = index;
        this.booked = booked;
        snapshot = node.snapshot.devices().get(index);
        id = new DeviceId(node.snapshot.id(), snapshot.name());
        kind = node.alike.traits.devices().get(index).kind();
        capacity = snapshot.capacity().value();
        open = snapshot.healthy() && node.isOpen();
    }

    long free() {
        return Math.max(0, capacity - booked.all());
    }

    /** What would be free if nothing of priorities up to this one were there. */
    long freeWithout(int priority) {
        return Math.max(0, capacity - booked.all() + booked.upTo(priority));
    }

    Slot slot() {
        return new Slot(free(), node.sequence, index);
    }

    /** Something is booked on it, or no longer. */
    void book(int priority, long bytes) {
        node.free -= open ? free() : 0;
        booked.add(priority, bytes);
        node.free += open ? free() : 0;
    }

    boolean isOpen() {
        return open;
    }

    /** Time of so many bytes to another device. */
    long hopNanos(FleetDevice other, long bytes) {
        if (this == other) {
            return 0;
        }
        if (node == other.node) {
            return NODE_NANOS + nanos(bytes, linkTo(other));
        }
        long network = Math.min(network(node), network(other.node));
        boolean near = node.rack().equals(other.node.rack());
        return (near ? RACK_NANOS : FAR_NANOS) + nanos(bytes, network);
    }

    private static long nanos(long bytes, long bytesPerSecond) {
        return Math.round(1e9 * bytes / bytesPerSecond);
    }

    private static long network(FleetNode node) {
        long told = node.snapshot.networkBytesPerSecond();
        return told > 0 ? told : NETWORK_BYTES_PER_SECOND;
    }

    private long linkTo(FleetDevice other) {
        for (DeviceLink link : snapshot.links()) {
            if (link.device().equals(other.snapshot.name())) {
                return link.bytesPerSecond();
            }
        }
        return HOST_BYTES_PER_SECOND;
    }
}
