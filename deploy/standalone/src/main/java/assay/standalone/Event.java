package assay.standalone;

/** What the main thread waits for. */
sealed interface Event {
    /**
     * A process ended.
     *
     * @param exitStatus 128 and above: ended by the signal of that number less 128
     */
    record Ended(ChildProcess child, int exitStatus) implements Event {}

    /** The wait before a restart is over. */
    record RestartDue(String program) implements Event {}

    /** Ctrl-C, SIGTERM or {@code down}. */
    record StopAsked() implements Event {}
}
