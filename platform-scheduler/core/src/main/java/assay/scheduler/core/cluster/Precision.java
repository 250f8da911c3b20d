package assay.scheduler.core.cluster;

/**
 * How a deployment trades exactness for bytes. Immutable.
 *
 * @param weights how stages keep their weights
 * @param activations what a stage sends to the next
 */
public record Precision(WeightType weights, ActivationType activations) {
    /** Nothing is lost. */
    public static final Precision EXACT = new Precision(WeightType.STORED, ActivationType.F32);

    /** How weights are kept in memory. */
    public enum WeightType {
        /** As the files have them. */
        STORED,
        /** Groups of eight-bit integers, made at load. */
        INT8,
        /** Groups of four-bit integers, made at load. */
        INT4
    }

    /** How hidden states travel between stages. */
    public enum ActivationType {
        /** A split model answers bit for bit as a whole one. */
        F32,
        /** Half the bytes. */
        BF16
    }
}
