package assay.standalone;

import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * {@code up --detach}: starts a launcher that outlives the terminal, shows its log while it starts,
 * and returns when it says that it is ready or has failed.
 */
final class DetachedStart {
    static final String READY = "ready";

    private static final long POLL_MILLIS = 100;

    private final DataFolder folder;

    DetachedStart(UpOptions options) {
        this.folder = new DataFolder(options.data());
    }

    /**
     * Starts and follows.
     *
     * @param arguments of {@code up}, passed on
     * @return 0 when everything is ready
     */
    int run(List<String> arguments, PrintStream out) throws IOException, InterruptedException {
        folder.prepare();
        InstanceLock.take(folder).close(); // says at once that another one runs
        Files.deleteIfExists(folder.stateFile());
        Path log = folder.log("launcher");
        if (!Files.exists(log)) {
            DataFolder.writePrivate(log, "");
        }
        long shownBytes = Files.size(log);
        Process launcher =
                new ProcessBuilder(command(arguments))
                        .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                        .start();
        Thread stop = new Thread(launcher::destroy, "stop-launcher");
        Runtime.getRuntime().addShutdownHook(stop);
        boolean ready = false;
        boolean ended = false;
        while (!ready && !ended) {
            ended = launcher.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS);
            ready = Files.exists(folder.stateFile());
            shownBytes = show(log, shownBytes, out);
        }
        Runtime.getRuntime().removeShutdownHook(stop);
        if (ready) {
            return 0;
        }
        System.err.println("assay: not started (log: " + log + ")");
        return launcher.exitValue() == 0 ? 1 : launcher.exitValue();
    }

    /** This very virtual machine's command line, with {@code --supervise}. */
    private static List<String> command(List<String> arguments) {
        List<String> command = new ArrayList<>();
        if (Tools.onPath("setsid")) {
            command.add("setsid");
        }
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(StandaloneMain.class.getName(), "up", "--supervise"));
        command.addAll(arguments);
        return command;
    }

    private static long show(Path log, long from, PrintStream out) throws IOException {
        try (var file = new RandomAccessFile(log.toFile(), "r")) {
            long length = file.length();
            if (length <= from) {
                return from;
            }
            var bytes = new byte[(int) (length - from)];
            file.seek(from);
            file.readFully(bytes);
            out.print(new String(bytes, StandardCharsets.UTF_8));
            out.flush();
            return length;
        }
    }
}
