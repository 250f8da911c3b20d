package assay.agent.check;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Optional;

/**
 * Tries to leave the sandbox before it is trusted: opens a connection to a port on which this
 * process really listens, reads a file outside, writes outside its folder, makes a new user
 * namespace, looks for variables of this process. One way out is enough for a refusal. Stateless.
 */
final class SandboxSelfTest {
    private static final String ATTEMPTS =
            """
            say() { echo "$1=$2"; }
            m=$( { exec 3<>/dev/tcp/127.0.0.1/$1; } 2>&1 ) && say socket open || { [[ $m == *"not permitted"* ]] && say socket refused || say socket "$m"; }
            [ -e /etc/passwd ] && say passwd present || say passwd absent
            n=0; for f in /usr/assay-probe /assay-probe /etc/assay-probe /var/assay-probe; do { echo x >"$f"; } 2>/dev/null && n=1; done; say outside $n
            { echo x >/job/probe; } 2>/dev/null && say job writable || say job readonly
            unshare -U /usr/bin/true 2>/dev/null && say namespace new || say namespace refused
            n=0; while IFS= read -r -d '' v; do case "$v" in PATH=*|PWD=*|SHLVL=*|_=*) ;; *) n=1;; esac; done </proc/1/environ; say secrets $n
            n=0; for p in /proc/[0-9]*; do n=$((n+1)); done; [ $n -le 4 ] && say processes own || say processes foreign
            """;
    private static final String EXPECTED =
            """
            socket=refused
            passwd=absent
            outside=0
            job=writable
            namespace=refused
            secrets=0
            processes=own
            """;

    private SandboxSelfTest() {}

    /** Empty when every attempt failed as it should, otherwise what was seen. */
    static Optional<String> failure(Sandbox sandbox, SandboxTools tools)
            throws InterruptedException {
        try (var listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                var job = sandbox.newJob()) {
            String port = Integer.toString(listener.getLocalPort());
            SandboxRun run =
                    sandbox.run(job, true, List.of(tools.bash(), "-c", ATTEMPTS, "probe", port));
            return switch (run) {
                case SandboxRun.Overran overran ->
                        Optional.of("the self-test ran over " + overran.bound());
                case SandboxRun.Finished(int exit, String out, String err)
                        when exit != 0 || !out.equals(EXPECTED) ->
                        Optional.of("exit " + exit + "; " + oneLine(out + err));
                case SandboxRun.Finished _ -> Optional.empty();
            };
        } catch (IOException e) {
            throw new UncheckedIOException("sandbox self-test", e);
        }
    }

    private static String oneLine(String text) {
        String line = text.strip().replaceAll("\\s*\\n\\s*", "; ");
        return line.length() > 400 ? line.substring(0, 400) : line;
    }
}
