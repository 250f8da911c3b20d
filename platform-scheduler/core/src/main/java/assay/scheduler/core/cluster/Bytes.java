package assay.scheduler.core.cluster;

/**
 * A size in memory, never negative; sums that do not fit in 63 bits throw. Immutable.
 *
 * @param value in bytes
 */
public record Bytes(long value) implements Comparable<Bytes> {
    public static final Bytes ZERO = new Bytes(0);

    public Bytes {
        if (value < 0) {
            throw new IllegalArgumentException("bytes: " + value + " (expected: 0 or more)");
        }
    }

    public static Bytes of(long value) {
        return new Bytes(value);
    }

    public Bytes plus(Bytes other) {
        return new Bytes(Math.addExact(value, other.value));
    }

    /** The difference, or zero where {@code other} is the larger. */
    public Bytes minusOrZero(Bytes other) {
        return new Bytes(Math.max(0, value - other.value));
    }

    public Bytes times(long count) {
        return new Bytes(Math.multiplyExact(value, count));
    }

    public boolean isMoreThan(Bytes other) {
        return value > other.value;
    }

    @Override
    public int compareTo(Bytes other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return value + " B";
    }
}
