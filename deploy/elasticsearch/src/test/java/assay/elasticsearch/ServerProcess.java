package assay.elasticsearch;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A server's process with a folder of its own, which goes with it. Confined to one thread, but for
 * {@link #close}.
 */
final class ServerProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(4);

    private final Path folder;
    private @Nullable Process process;

    ServerProcess() throws IOException {
        this.folder = Files.createTempDirectory("elasticsearch");
        Runtime.getRuntime().addShutdownHook(new Thread(this::close));
    }

    /** Whether the process that lives now answers, and no other. */
    interface Question {
        boolean isAnswered() throws InterruptedException;
    }

    Path folder() {
        return folder;
    }

    static int freePort() throws IOException {
        try (var socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            return socket.getLocalPort();
        }
    }

    static Path java() {
        return Path.of(System.getProperty("java.home"), "bin", "java");
    }

    void begin(List<String> command) throws IOException {
        process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(log()))
                        .start();
    }

    private File log() {
        return folder.resolve("server.log").toFile();
    }

    void untilReady(Question question) throws IOException, InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!question.isAnswered()) {
            Process now = process;
            if (now == null || now.waitFor(100, TimeUnit.MILLISECONDS) || System.nanoTime() > end) {
                throw new IllegalStateException(
                        "Elasticsearch did not start:\n" + Files.readString(log().toPath()));
            }
        }
    }

    void kill() throws InterruptedException {
        Process now = process;
        if (now != null) {
            now.destroyForcibly().waitFor();
        }
    }

    Process process() {
        Process now = process;
        if (now == null) {
            throw new IllegalStateException("never started");
        }
        return now;
    }

    /** Ends the process and removes its folder. */
    @Override
    public void close() {
        try {
            kill();
            delete(folder);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> paths = Files.walk(folder)) {
                for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(path);
                }
            }
        }
    }
}
