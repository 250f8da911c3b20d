package assay.web;

import assay.db.DatabaseRoles;
import assay.db.TestDatabase;
import assay.web.audit.AuditLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The program as it is started in earnest, beside a {@link FakeCluster} and a real PostgreSQL. One
 * for all tests of the module: it is stopped when the tests' process ends.
 */
public final class RunningGateway implements AutoCloseable {
    public static final String PASSWORD = "correct horse battery staple";

    public final FakeCluster cluster;
    public final TestDatabase database;
    public final Path folder;

    /** Whether the administrator had to change his password before anything else. */
    public final boolean firstPasswordHadToBeChanged;

    private final ConfigurableApplicationContext context;
    private final JsonNode addresses;
    private final HttpClient client;

    private static final class Shared {
        static final RunningGateway INSTANCE = first();

        private static RunningGateway first() {
            try {
                var gateway =
                        new RunningGateway(
                                new FakeCluster(),
                                TestDatabase.start(),
                                Files.createTempDirectory("gateway-test"),
                                "addresses.json");
                Runtime.getRuntime()
                        .addShutdownHook(
                                new Thread(() -> {
                                    gateway.close();
                                    gateway.cluster.close();
                                    gateway.database.close();
                                }));
                return gateway;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** The one that all tests share, with its route in place. */
    public static RunningGateway shared() {
        return Shared.INSTANCE;
    }

    /**
     * @param folder of this process; what an earlier start left in it is found again
     * @param addressFile its name in the folder
     */
    RunningGateway(FakeCluster cluster, TestDatabase database, Path folder, String addressFile) {
        this(cluster, database, folder, addressFile, Map.of());
    }

    /**
     * @param different properties that go before the usual ones
     */
    public RunningGateway(
            FakeCluster cluster,
            TestDatabase database,
            Path folder,
            String addressFile,
            Map<String, Object> different) {
        this.cluster = cluster;
        this.database = database;
        this.folder = folder;
        try {
            Files.writeString(
                    folder.resolve("ca.pem"), TestAuthority.pem(cluster.authority.certificate()));
            if (!Files.exists(folder.resolve("identity"))) { // later starts need none
                Files.writeString(folder.resolve("token"), FakeCluster.TOKEN + "\n");
            }
            Files.writeString(folder.resolve("password"), PASSWORD + "\n");
            Files.writeString(folder.resolve("manifest.json"), MANIFEST);
            cluster.publish(cluster.route());
            this.context =
                    new SpringApplicationBuilder(WebApplication.class)
                            .registerShutdownHook(false)
                            .run(arguments(addressFile, different).toArray(String[]::new));
            this.firstPasswordHadToBeChanged =
                    "t"
                            .equals(
                                    one(
                                            "select must_change_password from users where username"
                                                    + " = 'admin'"));
            // Tests sign in with the password that they know.
            one(
                    "update users set must_change_password = false where username = 'admin'"
                            + " returning '1'");
            this.addresses =
                    JsonMapper.shared().readTree(Files.readString(folder.resolve(addressFile)));
            this.client = HttpClient.newBuilder().sslContext(trust(cluster)).build();
        } catch (Exception e) {
            throw new IllegalStateException("the gateway did not start", e);
        }
    }

    private List<String> arguments(String addressFile, Map<String, Object> different) {
        Map<String, Object> usual =
                Map.ofEntries(
                        Map.entry("spring.datasource.url", database.url()),
                        Map.entry("spring.datasource.username", DatabaseRoles.WEB),
                        Map.entry("spring.datasource.password", database.password()),
                        Map.entry("assay.web.scheduler-address", cluster.schedulerAddress()),
                        Map.entry("assay.web.ca-file", folder.resolve("ca.pem")),
                        Map.entry("assay.web.identity-dir", folder.resolve("identity")),
                        Map.entry("assay.web.join-token-file", folder.resolve("token")),
                        Map.entry("assay.web.secrets-dir", folder.resolve("secrets")),
                        Map.entry("assay.web.address-file", folder.resolve(addressFile)),
                        // Gateways that share a folder have journals of their own, as on machines.
                        Map.entry(
                                "assay.web.outage.spool-dir",
                                folder.resolve("spool-" + addressFile)),
                        Map.entry("assay.web.http-port", 0),
                        Map.entry("assay.web.https-port", 0),
                        Map.entry("assay.web.grpc-port", 0),
                        Map.entry("assay.web.limits.failures-per-minute", 1000),
                        Map.entry("assay.web.serving.resume-within", "2s"),
                        Map.entry("assay.web.serving.route-within", "3s"),
                        Map.entry(
                                "assay.web.bootstrap.admin-password-file",
                                folder.resolve("password")),
                        Map.entry("assay.web.bootstrap.api-key-file", folder.resolve("key")),
                        Map.entry(
                                "assay.web.bootstrap.model-manifest",
                                folder.resolve("manifest.json")));
        var properties = new HashMap<>(usual);
        properties.putAll(different);
        return properties.entrySet().stream()
                .map(entry -> "--" + entry.getKey() + "=" + entry.getValue())
                .toList();
    }

    private static final String MANIFEST =
            """
            {"model": "assay-reference", "version": "1", "architecture": "llama",
             "context_length": 2048, "vocabulary_size": 512, "hidden_size": 64,
             "layout": {"embedding_bytes": 1, "layer_bytes": [1, 1]},
             "files": [{"name": "config.json", "sha256": "%s", "bytes": 10}],
             "default": true,
             "deployment": {"name": "reference", "replicas": 1, "stages": 2}}
            """
                    .formatted("ab".repeat(32));

    static SSLContext trust(FakeCluster cluster) throws Exception {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("ca", cluster.authority.certificate());
        var trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(store);
        var tls = SSLContext.getInstance("TLS");
        tls.init(null, trust.getTrustManagers(), null);
        return tls;
    }

    String address(String name) {
        return addresses.get(name).stringValue();
    }

    int port(String name) {
        String address = address(name);
        return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    }

    /** The developer key of the first start. */
    public String key() {
        return read("key");
    }

    public String read(String file) {
        try {
            return Files.readString(folder.resolve(file)).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public <T> T bean(Class<T> type) {
        return context.getBean(type);
    }

    HttpClient client() {
        return client;
    }

    /** A request to a path at one of the addresses, with a key or without. */
    public HttpRequest.Builder request(String listener, String path, @Nullable String key) {
        var builder = HttpRequest.newBuilder(URI.create(address(listener) + path));
        return key == null ? builder : builder.header("Authorization", "Bearer " + key);
    }

    public HttpResponse<String> get(String path, @Nullable String key) {
        return send(request("http", path, key).GET().build());
    }

    public HttpResponse<String> post(String path, String body, @Nullable String key) {
        return send(
                request("http", path, key)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build());
    }

    public HttpResponse<String> send(HttpRequest request) {
        try {
            return client.send(request, BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    public static JsonNode json(HttpResponse<String> response) {
        return JsonMapper.shared().readTree(response.body());
    }

    /** Waits until what was recorded until now is in the database. */
    public void awaitAudited() {
        AuditLog log = bean(AuditLog.class);
        Awaitility.await("audit records are in the database").until(() -> log.waiting() == 0);
    }

    /** One value from the database, as its superuser sees it; of the audit, when all is there. */
    public @Nullable String one(String query, Object... parameters) {
        if (query.contains("audit_events")) {
            awaitAudited();
        }
        try (var connection = database.superuser().getConnection();
                var statement = connection.prepareStatement(query)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            try (var rows = statement.executeQuery()) {
                return rows.next() ? rows.getString(1) : null;
            }
        } catch (java.sql.SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        context.close();
    }
}
