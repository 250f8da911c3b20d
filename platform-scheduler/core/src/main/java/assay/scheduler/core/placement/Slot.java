package assay.scheduler.core.placement;

/**
 * A place in an order by what is free; ties go to what came first. Immutable.
 *
 * @param free bytes
 * @param sequence of the node
 * @param index of the device on its node
 */
record Slot(long free, int sequence, int index) implements Comparable<Slot> {
    /** Before all that have so much free. */
    static Slot from(long free) {
        return new Slot(free, -1, -1);
    }

    @Override
    public int compareTo(Slot other) {
        int byFree = Long.compare(free, other.free);
        if (byFree != 0) {
            return byFree;
        }
        int byNode = Integer.compare(sequence, other.sequence);
        return byNode != 0 ? byNode : Integer.compare(index, other.index);
    }
}
