package assay.standalone;

/** Why the launcher could not go on; the names are stable. */
enum ErrorCode {
    /** The command line was not understood. */
    USAGE(2),
    /** Something is missing or too old on this machine. */
    MACHINE(1),
    /** The data folder can not be written, or its disk is too full. */
    DISK(1),
    /** A port that was asked for belongs to another process. */
    PORT_IN_USE(1),
    /** Another launcher serves the same data folder. */
    ALREADY_RUNNING(1),
    /** The model that comes along is damaged. */
    MODEL(1),
    /** PostgreSQL did not start, or went away. */
    DATABASE(1),
    /** A program ended while the installation was starting. */
    PROGRAM_ENDED(1),
    /** A program lives but did not get ready in time. */
    TIMED_OUT(1),
    /** The wish to stop came before everything was up. */
    STOPPED(130);

    private final int exitStatus;

    ErrorCode(int exitStatus) {
        this.exitStatus = exitStatus;
    }

    /** What the process ends with: 2 for a wrong command line, 130 for Ctrl-C, else 1. */
    int exitStatus() {
        return exitStatus;
    }
}
