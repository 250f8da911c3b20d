package assay.elasticsearch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;

/**
 * A real Elasticsearch for tests: a process of its own with a data folder of its own, which can be
 * killed and started again on the same port. Maven has fetched its jars already, because this
 * module is compiled against them. Confined to one thread.
 */
public final class RunningElasticsearch implements AutoCloseable {
    private static final int HEAP_MEBIBYTES = 256;

    private final ServerProcess server;
    private final int port;
    private final String nodeName = "test-" + UUID.randomUUID();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private RunningElasticsearch(ServerProcess server, int port) {
        this.server = server;
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
            var server = new RunningElasticsearch(new ServerProcess(), ServerProcess.freePort());
            server.launch();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
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
                new ServerCommand(
                        home, server.folder().resolve("data"), port, nodeName, HEAP_MEBIBYTES);
        server.begin(command.line(ServerProcess.java(), own()));
    }

    /** Laid out once for all tests of a machine and release: that is fifty megabytes to copy. */
    private static Path home() {
        return Path.of(System.getProperty("java.io.tmpdir"))
                .resolve("assay-elasticsearch-" + System.getProperty("user.name"))
                .resolve(Artefacts.ofThisRelease().fingerprint().substring(0, 12));
    }

    /** The jar or folder with what the server runs of ours. */
    static Path own() {
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

    /** Returns when the process that lives now answers; it is told by its name from another. */
    public void untilReady() throws IOException, InterruptedException {
        server.untilReady(this::answers);
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
        server.kill();
    }

    /** The process, of which there is one. */
    public Process process() {
        return server.process();
    }

    @Override
    public void close() {
        server.close();
        client.close();
    }
}
