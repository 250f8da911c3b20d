package assay.agent.check;

import java.time.Duration;

/**
 * Every bound of the checkers. Immutable.
 *
 * @param cpu processor time of one sandboxed process
 * @param wall time from the start of one sandboxed process to its forced end
 * @param addressSpaceBytes address space of one sandboxed process
 * @param fileBytes largest file that a sandboxed process may write
 * @param outputBytes output of one process, standard output and standard error each, before it is
 *     ended
 * @param concurrent checks that run at once, each with one process at a time
 * @param waiting checks that may wait for a place; the next one is told that the checker is busy
 * @param longestWait how long a check waits for its place
 * @param statementChars length of a statement
 * @param textChars length of a proof script, of a preamble and of an assignment
 */
public record CheckLimits(
        Duration cpu,
        Duration wall,
        long addressSpaceBytes,
        long fileBytes,
        int outputBytes,
        int concurrent,
        int waiting,
        Duration longestWait,
        int statementChars,
        int textChars) {

    public CheckLimits {
        atLeast("cpu", cpu.toSeconds(), 1);
        atLeast("wall", wall.toMillis(), 1);
        atLeast("addressSpaceBytes", addressSpaceBytes, 64L << 20);
        atLeast("fileBytes", fileBytes, 1L << 20);
        atLeast("outputBytes", outputBytes, 1 << 10);
        atLeast("concurrent", concurrent, 1);
        atLeast("waiting", waiting, 0);
        atLeast("longestWait", longestWait.toMillis(), 0);
        atLeast("statementChars", statementChars, 1);
        atLeast("textChars", textChars, 1);
    }

    /** What an agent uses unless it is told otherwise; sized for a machine of two cores. */
    public static CheckLimits defaults() {
        return new CheckLimits(
                Duration.ofSeconds(10),
                Duration.ofSeconds(40),
                2_000_000_000L,
                16L << 20,
                256 << 10,
                2,
                16,
                Duration.ofSeconds(60),
                8_000,
                200_000);
    }

    private static void atLeast(String name, long value, long least) {
        if (value < least) {
            throw new IllegalArgumentException(
                    name + ": " + value + " (expected: " + least + " or more)");
        }
    }
}
