package assay.agent.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whether this machine has Coq and a sandbox that holds. */
sealed interface CoqInstallation extends AutoCloseable {

    /**
     * Both are there and the sandbox passed its self-test.
     *
     * @param version as coqc says, such as {@code 8.16.1}
     */
    record Ready(CoqJudge judge, String version, Sandbox sandbox) implements CoqInstallation {
        @Override
        public void close() {
            sandbox.close();
        }
    }

    /**
     * Nothing is checked here.
     *
     * @param reason what is missing and how to get it
     */
    record Missing(String reason) implements CoqInstallation {
        @Override
        public void close() {}
    }

    String HOW_TO_INSTALL = "; install them with: apt-get install coq bubblewrap";
    Pattern VERSION = Pattern.compile("version (\\d+\\.\\d+(?:\\.\\d+)?)");

    @Override
    void close();

    /**
     * Looks for the programs, tries to break out of the sandbox, asks Coq for its version. Starts a
     * few short processes.
     *
     * @throws InterruptedException when the thread is interrupted meanwhile
     */
    static CoqInstallation find(CheckLimits limits) throws InterruptedException {
        var missing = new ArrayList<String>();
        Optional<SandboxTools> tools = SandboxTools.find(missing);
        Optional<String> coqc = SandboxTools.program("coqc");
        Optional<String> coqchk = SandboxTools.program("coqchk");
        if (coqc.isEmpty() || coqchk.isEmpty()) {
            missing.add("coqc");
        }
        String machine = System.getProperty("os.arch", "");
        Optional<byte[]> filter = SeccompFilter.program(machine);
        if (filter.isEmpty()) {
            return new Missing("no system call filter for this kind of machine: " + machine);
        }
        if (tools.isEmpty() || coqc.isEmpty() || coqchk.isEmpty()) {
            return new Missing("not found: " + String.join(", ", missing) + HOW_TO_INSTALL);
        }
        Sandbox sandbox = Sandbox.open(tools.get(), limits, filter.get());
        boolean usable = false;
        try {
            CoqInstallation found = tryOut(sandbox, tools.get(), limits, coqc.get(), coqchk.get());
            usable = found instanceof Ready;
            return found;
        } finally {
            if (!usable) {
                sandbox.close();
            }
        }
    }

    private static CoqInstallation tryOut(
            Sandbox sandbox, SandboxTools tools, CheckLimits limits, String coqc, String coqchk)
            throws InterruptedException {
        Optional<String> failure = SandboxSelfTest.failure(sandbox, tools);
        if (failure.isPresent()) {
            return new Missing(
                    "the sandbox does not isolate here ("
                            + failure.get()
                            + "); bubblewrap needs unprivileged user namespaces");
        }
        try (var job = sandbox.newJob()) {
            SandboxRun run = sandbox.run(job, false, List.of(coqc, "--version"));
            if (run instanceof SandboxRun.Finished(int exit, String out, _) && exit == 0) {
                Matcher version = VERSION.matcher(out);
                if (version.find()) {
                    return new Ready(
                            new CoqJudge(sandbox, limits, coqc, coqchk), version.group(1), sandbox);
                }
            }
            return new Missing("coqc does not run inside the sandbox: " + run + HOW_TO_INSTALL);
        }
    }
}
