package assay.engine.kernel;

/** How a backend's room offers it, found through {@link java.util.ServiceLoader}. */
public interface BackendProvider {
    /** The name to ask for, for example {@code cpu}. */
    String name();

    /**
     * A new backend of this kind.
     *
     * @param threads to compute with, the caller's included
     * @throws assay.engine.EngineException BACKEND_UNAVAILABLE says what this machine lacks
     */
    Backend open(int threads);
}
