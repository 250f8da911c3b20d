package assay.engine.stage;

/**
 * How a room offers devices beside the processor, found through {@link java.util.ServiceLoader}.
 */
public interface StageDeviceProvider {
    /** The kind to ask for, for example {@code cuda}. */
    String kind();

    /**
     * Opens a device of this kind.
     *
     * @param which of several, by ordinal or UUID; empty for the first
     * @throws assay.engine.EngineException BACKEND_UNAVAILABLE says what this machine lacks
     */
    StageDevice open(String which);
}
