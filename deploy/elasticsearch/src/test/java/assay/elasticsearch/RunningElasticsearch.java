package assay.elasticsearch;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A real Elasticsearch for tests: a process of its own with a data folder of its own, which can be
 * killed and started again on the same port. Maven has fetched its jars already, because this
 * module is compiled against them. Confined to one thread.
 */
public final class RunningElasticsearch implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(4);
    private static final int HEAP_MEBIBYTES = 256;

    private final Path folder;
    private final int port;
    private final String nodeName = "test-" + UUID.randomUUID();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private @Nullable Process process;

    private RunningElasticsearch(Path folder, int port) {
        this.folder = folder;
        this.port = port;
    }

    /** One for all tests of this virtual machine; it ends with it. Indices are the tests' own. */
    public static RunningElasticsearch shared() {
        return Shared.SERVER;
    }

    /** Started at first use, stopped when standard input closes with the tests' own process. */
    private static final class Shared {
        private static final RunningElasticsearch SERVER = start();
    }

    /** One that a test may kill. */
    public static RunningElasticsearch start() {
        try {
            Path folder = Files.createTempDirectory("elasticsearch");
            var server = new RunningElasticsearch(folder, freePort());
            Runtime.getRuntime().addShutdownHook(new Thread(server::close));
            server.launch();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            return socket.getLocalPort();
        }
    }

    /** Starts it, again if need be, and returns when it answers. */
    public void launch() throws IOException, InterruptedException {
        begin();
        untilReady();
    }

    /** Starts it and returns at once. */
    public void begin() throws IOException, InterruptedException {
        ServerHome home =
                ServerHome.layOut(
                        home(),
                        Artefacts.ofThisRelease(),
                        ArtefactSource.ofThisUser(System.getenv()));
        var command =
                new ServerCommand(home, folder.resolve("data"), port, nodeName, HEAP_MEBIBYTES);
        process =
                new ProcessBuilder(command.line(java(), own()))
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(log()))
                        .start();
    }

    /** Laid out once for all tests of a machine and release: that is fifty megabytes to copy. */
    private static Path home() {
        return Path.of(System.getProperty("java.io.tmpdir"))
                .resolve("assay-elasticsearch-" + System.getProperty("user.name"))
                .resolve(Artefacts.ofThisRelease().fingerprint().substring(0, 12));
    }

    private static Path java() {
        return Path.of(System.getProperty("java.home"), "bin", "java");
    }

    private static Path own() {
        try {
            return Path.of(
                    ServerCommand.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private File log() {
        return folder.resolve("server.log").toFile();
    }

    /** Returns when the process that lives now answers; it is told by its name from another. */
    public void untilReady() throws IOException, InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!answers()) {
            Process now = process;
            if (now == null || now.waitFor(100, TimeUnit.MILLISECONDS) || System.nanoTime() > end) {
                throw new IllegalStateException(
                        "Elasticsearch did not start:\n" + Files.readString(log().toPath()));
            }
        }
    }

    private boolean answers() throws InterruptedException {
        try {
            var request =
                    HttpRequest.newBuilder(uri().resolve("/_cat/nodes?h=name"))
                            .timeout(Duration.ofSeconds(5))
                            .build();
            HttpResponse<String> response =
                    client.send(request, HttpResponse.BodyHandlers.ofString());
            return response.statusCode() == 200 && response.body().strip().equals(nodeName);
        } catch (IOException _) {
            return false;
        }
    }

    /** {@code http://127.0.0.1:PORT}. */
    public URI uri() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /** As {@code kill -9}: nothing is written any more. Returns when the process is gone. */
    public void kill() throws InterruptedException {
        Process now = process;
        if (now != null) {
            now.destroyForcibly().waitFor();
        }
    }

    /** The process, of which there is one. */
    public Process process() {
        Process now = process;
        if (now == null) {
            throw new IllegalStateException("never started");
        }
        return now;
    }

    @Override
    public void close() {
        try {
            kill();
            client.close();
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
