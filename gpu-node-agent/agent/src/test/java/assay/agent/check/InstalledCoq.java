package assay.agent.check;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;

/**
 * The real Coq of this machine for tests; only its absence skips a test, a sandbox that does not
 * hold fails it.
 */
final class InstalledCoq {
    private InstalledCoq() {}

    static CoqInstallation.Ready open(CheckLimits limits) throws InterruptedException {
        assumeTrue(
                SandboxTools.program("coqc").isPresent()
                        && SandboxTools.program("bwrap").isPresent(),
                "apt-get install coq bubblewrap");
        return switch (CoqInstallation.find(limits)) {
            case CoqInstallation.Ready ready -> ready;
            case CoqInstallation.Missing(String reason) -> throw new AssertionError(reason);
        };
    }

    /** Bounds that a hostile candidate runs into within seconds. */
    static CheckLimits tight() {
        CheckLimits d = CheckLimits.defaults();
        return new CheckLimits(
                Duration.ofSeconds(2),
                Duration.ofSeconds(60),
                1_200_000_000L,
                1L << 20,
                32 << 10,
                2,
                2,
                d.longestWait(),
                d.statementChars(),
                d.textChars());
    }
}
