package assay.agent.config;

/** Which compute backend the agent asks the engine for. */
public enum BackendChoice {
    /** The fastest one that this machine has. */
    AUTO,
    /** Vector instructions. */
    CPU,
    /** The plain reference. */
    SCALAR
}
