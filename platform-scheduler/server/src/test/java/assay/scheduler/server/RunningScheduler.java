package assay.scheduler.server;

import assay.db.DatabaseRoles;
import assay.db.TestDatabase;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A whole scheduler in this process, on free ports. */
final class RunningScheduler implements AutoCloseable {
    private final ConfigurableApplicationContext context;
    private final Path folder;
    private final List<String> lastWords = new CopyOnWriteArrayList<>();

    private RunningScheduler(TestDatabase database, Path folder, List<String> more) {
        this.folder = folder;
        var arguments =
                new ArrayList<>(
                        List.of(
                                "--spring.datasource.url=" + database.url(),
                                "--spring.datasource.username=" + DatabaseRoles.SCHEDULER,
                                "--spring.datasource.password=" + database.password(),
                                "--assay.scheduler.pki-dir=" + folder.resolve("pki"),
                                "--assay.scheduler.store-dir=" + folder.resolve("store"),
                                "--assay.scheduler.address-file=" + addressFile(),
                                "--assay.scheduler.join-tokens-file=" + tokensFile(folder)));
        arguments.addAll(more);
        ApplicationContextInitializer<GenericApplicationContext> watching =
                it ->
                        it.registerBean(
                                LastResort.class, () -> (reason, cause) -> lastWords.add(reason));
        context =
                new SpringApplicationBuilder(SchedulerApplication.class)
                        .initializers(watching)
                        .run(arguments.toArray(new String[0]));
    }

    static Path tokensFile(Path folder) {
        return folder.resolve("tokens");
    }

    /** Writes tokens to be imported at the next start. */
    static void offerTokens(Path folder, String... lines) throws IOException {
        Path file = tokensFile(folder);
        Files.deleteIfExists(file);
        Files.createFile(
                file,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.write(file, List.of(lines));
    }

    /** Starts one, whether it becomes leader or standby. */
    static RunningScheduler start(TestDatabase database, Path folder, String... more)
            throws IOException {
        Files.deleteIfExists(folder.resolve("address.json"));
        return new RunningScheduler(database, folder, List.of(more));
    }

    private Path addressFile() {
        return folder.resolve("address.json");
    }

    boolean isReady() {
        return Files.exists(addressFile());
    }

    /** host:port of the gRPC server, as the address file has it. */
    String grpc() {
        Waiting.until("the address file", () -> isReady() || !lastWords.isEmpty());
        return address().required("grpc").asString();
    }

    int management() {
        return address().required("management").asInt();
    }

    /** What Prometheus would read. */
    String metrics() throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + management() + "/actuator/prometheus");
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(uri).build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    private JsonNode address() {
        return new JsonMapper().readTree(addressFile().toFile());
    }

    /** There as soon as the port is open. */
    Path caCertificate() {
        grpc();
        return folder.resolve("pki/ca.pem");
    }

    /** Why it wanted to end the process. */
    List<String> lastWords() {
        return lastWords;
    }

    @Override
    public void close() {
        context.close();
    }

    /** Waits without sleeping through what could be seen earlier. */
    static final class Waiting {
        private static final Duration LIMIT = Duration.ofSeconds(60);

        private Waiting() {}

        static void until(String what, BooleanSupplier condition) {
            long end = System.nanoTime() + LIMIT.toNanos();
            while (!condition.getAsBoolean()) {
                if (System.nanoTime() - end > 0) {
                    throw new AssertionError("waited in vain for " + what);
                }
                LockSupport.parkNanos(5_000_000);
            }
        }
    }
}
