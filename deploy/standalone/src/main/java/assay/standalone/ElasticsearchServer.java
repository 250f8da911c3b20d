package assay.standalone;

import assay.elasticsearch.ArtefactSource;
import assay.elasticsearch.Artefacts;
import assay.elasticsearch.ServerCommand;
import assay.elasticsearch.ServerHome;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * An Elasticsearch of this installation's own, where its machine can have one. The platform needs
 * it for fast searches of old records alone, so that nothing here ends a start. Confined to the
 * main thread.
 */
final class ElasticsearchServer implements AutoCloseable {
    static final String NAME = "elasticsearch";

    /** Enough for ten million records of seven hundred bytes, and little beside the models. */
    private static final int HEAP_MEBIBYTES = 384;

    private static final Duration ANSWER_PATIENCE = Duration.ofSeconds(3);

    private final HttpClient client =
            HttpClient.newBuilder()
                    .connectTimeout(ANSWER_PATIENCE)
                    .version(HttpClient.Version.HTTP_1_1)
                    .proxy(HttpClient.Builder.NO_PROXY)
                    .build();
    private final ServerCommand command;

    private ElasticsearchServer(ServerCommand command) {
        this.command = command;
    }

    /**
     * Fetches the server at the first start and lays it out.
     *
     * @param environment may name a Maven repository
     * @param nonce tells this installation's server from any other
     * @return empty, and says why, if it can not be had
     */
    static Optional<ElasticsearchServer> prepare(
            DataFolder folder, Map<String, String> environment, String nonce, Progress progress)
            throws InterruptedException {
        Path home = folder.elasticsearch().resolve("server");
        try {
            Artefacts artefacts = Artefacts.ofThisRelease();
            if (!ServerHome.isLaidOut(home, artefacts)) {
                progress.line(Artefacts.LICENCE_NOTICE);
            }
            DataFolder.makePrivate(folder.elasticsearch());
            Path data = folder.elasticsearch().resolve("data");
            DataFolder.makePrivate(data);
            ServerHome laidOut =
                    ServerHome.layOut(home, artefacts, ArtefactSource.ofThisUser(environment));
            return Optional.of(
                    new ElasticsearchServer(
                            new ServerCommand(
                                    laidOut,
                                    data,
                                    Ports.free(),
                                    "assay-" + nonce,
                                    HEAP_MEBIBYTES)));
        } catch (IOException | IllegalArgumentException e) {
            progress.line(
                    "Going on without Elasticsearch, audit records are searched in PostgreSQL: "
                            + (e instanceof IOException io
                                    ? DataFolder.reason(io)
                                    : e.getMessage()));
            progress.line(
                    "  (set "
                            + ArtefactSource.REPOSITORY_VARIABLE
                            + " to a Maven repository that this machine reaches and start again, or"
                            + " say --elasticsearch off)");
            return Optional.empty();
        }
    }

    /** Where it answers once it runs; the same after each restart. */
    URI address() {
        return URI.create("http://127.0.0.1:" + command.port());
    }

    Program program() throws IOException {
        return Program.elasticsearch(command);
    }

    /** Whether this very server answers. */
    boolean answers() throws InterruptedException {
        try {
            var request =
                    HttpRequest.newBuilder(address().resolve("/_cat/nodes?h=name"))
                            .timeout(ANSWER_PATIENCE)
                            .GET()
                            .build();
            HttpResponse<String> response =
                    client.send(request, HttpResponse.BodyHandlers.ofString());
            return response.statusCode() == 200
                    && response.body().strip().equals(command.nodeName());
        } catch (IOException _) {
            return false; // it does not listen yet
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
