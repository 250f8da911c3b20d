package assay.standalone;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The few commands of the system that Java has no call for. Stateless. */
final class Tools {
    private static final long PATIENCE_SECONDS = 60;

    private Tools() {}

    /** Whether a command of that name can be run. */
    static boolean onPath(String command) {
        String path = System.getenv("PATH");
        if (path == null) {
            return false;
        }
        for (String folder : path.split(File.pathSeparator, -1)) {
            if (!folder.isEmpty() && Files.isExecutable(Path.of(folder, command))) {
                return true;
            }
        }
        return false;
    }

    /** Whether this process has the rights of the superuser. */
    static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    /** Sends a signal; the shell's own {@code kill} is there even where procps is not. */
    static void signal(long pid, ChildProcess.Signal signal)
            throws IOException, InterruptedException {
        run(List.of("sh", "-c", "kill -" + signal + " " + pid));
    }

    /** What a command wrote, and how it ended. */
    record Outcome(int exitStatus, String output) {}

    /** Runs a command that ends by itself soon; standard error goes into the output. */
    static Outcome run(List<String> command) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                        .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException(command.getFirst() + " did not end");
        }
        return new Outcome(process.exitValue(), output);
    }
}
