package assay.scheduler.core.cluster;

/**
 * The fence of a replica: what carries an older epoch is void. Grows by one with each change of its
 * chain of stages. Immutable.
 *
 * @param value 0 before the first placement
 */
public record Epoch(long value) implements Comparable<Epoch> {
    public static final Epoch NONE = new Epoch(0);

    public Epoch {
        if (value < 0) {
            throw new IllegalArgumentException("epoch: " + value + " (expected: 0 or more)");
        }
    }

    public Epoch next() {
        return new Epoch(Math.addExact(value, 1));
    }

    @Override
    public int compareTo(Epoch other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return Long.toString(value);
    }
}
