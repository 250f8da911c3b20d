package assay.agent.config;

/** Why the agent can not start, in one line for the person who started it, with the exit status. */
public final class StartException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** A wrong option. */
    public static final int BAD_OPTION = 2;

    /** Another agent holds the data folder. */
    public static final int DATA_IN_USE = 3;

    /** Everything else: disk, certificates, ports. */
    public static final int FAILED = 1;

    private final int exitStatus;

    /** Says the line and the status the process ends with. */
    public StartException(int exitStatus, String line) {
        super(line);
        this.exitStatus = exitStatus;
    }

    /** 1, 2 or 3, as the constants say. */
    public int exitStatus() {
        return exitStatus;
    }
}
