package assay.agent.check;

/** How a sandboxed process ended. */
sealed interface SandboxRun {
    /**
     * It ended by itself.
     *
     * @param exit its exit status, 0 to 255
     * @param out standard output
     * @param err standard error
     */
    record Finished(int exit, String out, String err) implements SandboxRun {}

    /**
     * A bound ended it.
     *
     * @param bound which one, in words for a person
     */
    record Overran(String bound) implements SandboxRun {}
}
