package assay.scheduler.core.placement;

/**
 * Bytes and times of runs of layers on devices of one kind, each computed once: the programs of
 * {@link LayerSplit} ask for the same ones many times. Good for one decision. Confined to the
 * control loop.
 */
final class StageCosts {
    private final StageNeeds needs;
    private final DeviceSpeed speed;

    /** By first and end; 0 where nobody has asked, since nothing takes no room and no time. */
    private final long[][] bytes;

    private final long[][] nanos;

    StageCosts(StageNeeds needs, DeviceSpeed speed) {
        this.needs = needs;
        this.speed = speed;
        int layers = needs.layerCount();
        bytes = new long[layers][layers + 1];
        nanos = new long[layers][layers + 1];
    }

    StageNeeds needs() {
        return needs;
    }

    int layerCount() {
        return needs.layerCount();
    }

    long bytes(int first, int end) {
        long known = bytes[first][end];
        if (known == 0) {
            known = needs.bytes(first, end);
            bytes[first][end] = known;
        }
        return known;
    }

    long nanos(int first, int end) {
        long known = nanos[first][end];
        if (known == 0) {
            known = needs.nanos(first, end, speed);
            nanos[first][end] = known;
        }
        return known;
    }
}
