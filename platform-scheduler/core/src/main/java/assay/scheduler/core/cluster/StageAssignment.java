package assay.scheduler.core.cluster;

/**
 * A run of layers on a device. Immutable.
 *
 * @param index from 0, the head
 * @param device where
 * @param layers which
 * @param weights bytes of weights as the files have them, which the agent checks
 * @param resident bytes that these weights take on the device: as measured, or else the same
 * @param kv bytes of cache
 * @param workspace bytes for activations, logits and the backend
 */
public record StageAssignment(
        int index,
        DeviceId device,
        LayerRange layers,
        Bytes weights,
        Bytes resident,
        Bytes kv,
        Bytes workspace) {
    /** What is booked for it. */
    public Bytes need() {
        return resident.plus(kv).plus(workspace);
    }
}
