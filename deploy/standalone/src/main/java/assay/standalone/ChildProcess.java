package assay.standalone;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * A process that the launcher started, in a session of its own so that Ctrl-C reaches it in the
 * launcher's order only. Its standard input is a pipe that stays open as long as the launcher
 * lives: the programs end when it closes. Confined to the main thread.
 */
final class ChildProcess {
    /** How the process is asked to end. */
    enum Signal {
        TERM,
        INT,
        QUIT
    }

    private static final long LOG_TAIL_BYTES = 64 * 1024;
    private static final long LOG_KEPT_BYTES = 16L * 1024 * 1024;
    private static final boolean HAS_SETSID = Tools.onPath("setsid");

    /** Lives as long as the launcher: a parent's-death signal follows the thread that forked. */
    private static final ExecutorService SPAWNER =
            Executors.newSingleThreadExecutor(
                    Thread.ofPlatform().name("spawner").daemon().factory());

    private final String name;
    private final Path log;
    private final long logStartBytes;
    private final Process process;

    private ChildProcess(String name, Path log, long logStartBytes, Process process) {
        this.name = name;
        this.log = log;
        this.logStartBytes = logStartBytes;
        this.process = process;
    }

    /**
     * Starts a process whose output is appended to {@code log}.
     *
     * @param events told once when it ends
     */
    static ChildProcess start(
            String name, List<String> command, Path log, BlockingQueue<Event> events)
            throws IOException {
        long logStartBytes = openLog(log);
        List<String> whole = new ArrayList<>();
        if (HAS_SETSID) {
            whole.add("setsid");
        }
        whole.addAll(command);
        ProcessBuilder builder =
                new ProcessBuilder(whole)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().keySet().removeIf(variable -> variable.startsWith("PG"));
        // what a shell exports for one Java program is not meant for these
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        builder.environment().remove("JDK_JAVA_OPTIONS");
        var child = new ChildProcess(name, log, logStartBytes, spawn(builder));
        var _ =
                child.process
                        .onExit()
                        .thenAccept(ended -> events.add(new Event.Ended(child, ended.exitValue())));
        return child;
    }

    private static Process spawn(ProcessBuilder builder) throws IOException {
        try {
            return SPAWNER.submit(builder::start).get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (ExecutionException e) {
            throw new IOException("no process was started: " + e.getMessage(), e);
        }
    }

    private static long openLog(Path log) throws IOException {
        if (Files.exists(log) && Files.size(log) > LOG_KEPT_BYTES) {
            Files.move(
                    log,
                    log.resolveSibling(log.getFileName() + ".1"),
                    StandardCopyOption.REPLACE_EXISTING);
        }
        if (!Files.exists(log)) {
            Files.createFile(
                    log,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
        }
        return Files.size(log);
    }

    String name() {
        return name;
    }

    Path log() {
        return log;
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** For {@link StaleProcesses}. */
    ProcessHandle handle() {
        return process.toHandle();
    }

    /** Asks the process to end; returns at once. */
    void ask(Signal signal) throws IOException, InterruptedException {
        if (process.isAlive()) {
            Tools.signal(process.pid(), signal);
        }
    }

    /** Waits for the end, and forces it when it has not come within {@code patience}. */
    void awaitEnd(Duration patience) throws InterruptedException {
        if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
            process.destroyForcibly();
            process.waitFor();
        }
    }

    /** The line of the log, written since the start, that tells best why the process ended. */
    String lastWords() {
        return LastWords.of(logSinceStart());
    }

    /** Whether the log has that text since the start. */
    boolean logHas(String text) {
        return logSinceStart().stream().anyMatch(line -> line.contains(text));
    }

    private List<String> logSinceStart() {
        try (var file = new RandomAccessFile(log.toFile(), "r")) {
            long from = Math.max(logStartBytes, file.length() - LOG_TAIL_BYTES);
            file.seek(Math.min(from, file.length()));
            var bytes = new byte[(int) Math.min(LOG_TAIL_BYTES, file.length() - from)];
            file.readFully(bytes);
            return new String(bytes, StandardCharsets.UTF_8).lines().toList();
        } catch (IOException | RuntimeException e) {
            return List.of("its log can not be read: " + e.getMessage());
        }
    }

    /** In words: {@code exit status 3} or {@code signal 9}. */
    static String describe(int exitStatus) {
        return exitStatus > 128 ? "signal " + (exitStatus - 128) : "exit status " + exitStatus;
    }
}
