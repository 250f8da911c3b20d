package assay.scheduler.core.cluster;

/**
 * A run of layers on a device. Immutable.
 *
 * @param index from 0, the head
 * @param device where
 * @param layers which
 * @param weights bytes of weights
 * @param kv bytes of cache
 * @param workspace bytes for activations and logits
 */
public record StageAssignment(
        int index, DeviceId device, LayerRange layers, Bytes weights, Bytes kv, Bytes workspace) {
    /** What is booked for it. */
    public Bytes need() {
        return weights.plus(kv).plus(workspace);
    }
}
