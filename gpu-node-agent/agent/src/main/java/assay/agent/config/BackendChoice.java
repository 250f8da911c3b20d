package assay.agent.config;

/** Which compute backend the agent asks the engine for. */
public enum BackendChoice {
    /** The GPUs where they can be used, else the processor's fastest. */
    AUTO,
    /** The GPUs; the agent does not start without one. */
    CUDA,
    /** Vector instructions. */
    CPU,
    /** The plain reference. */
    SCALAR
}
