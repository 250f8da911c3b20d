package assay.scheduler.core.cluster;

/**
 * A run of layers. Immutable.
 *
 * @param first inclusive
 * @param end exclusive, above {@code first}
 */
public record LayerRange(int first, int end) {
    public LayerRange {
        if (first < 0 || end <= first) {
            throw new IllegalArgumentException(
                    "layers: " + first + ".." + end + " (expected: 0 <= first < end)");
        }
    }

    public int count() {
        return end - first;
    }

    @Override
    public String toString() {
        return first + ".." + end;
    }
}
