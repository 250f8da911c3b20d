package assay.standalone;

import assay.db.DatabaseRoles;
import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What each program is told: its properties file or its command line, its secrets in files beside.
 * Confined to the main thread.
 */
final class Wiring {
    private static final String LOOPBACK = "127.0.0.1";
    private static final String ELASTICSEARCH = "assay.web.audit.elasticsearch.";

    private static final String ROLLING = "logging.logback.rollingpolicy.";

    private final DataFolder folder;
    private final UpOptions options;
    private final Secrets secrets;

    Wiring(DataFolder folder, UpOptions options, Secrets secrets) {
        this.folder = folder;
        this.options = options;
        this.secrets = secrets;
    }

    /** The agents' names, which are also their folders'. */
    static String agentName(int index) {
        return "agent-" + (index + 1);
    }

    /** The schedulers' names; the first has the name that a single one has. */
    static String schedulerName(int index) {
        return index == 0 ? Program.SCHEDULER : Program.SCHEDULER + "-" + (index + 1);
    }

    Path schedulerAddressFile(int index) {
        return folder.run().resolve(schedulerName(index) + ".address");
    }

    Path webAddressFile() {
        return folder.run().resolve("web.address");
    }

    private Path webTokenFile() {
        return folder.run().resolve("web.join-token");
    }

    private Path agentTokenFile(int index) {
        return folder.run().resolve(agentName(index) + ".join-token");
    }

    private Path joinTokensFile() {
        return folder.run().resolve("join-tokens");
    }

    /**
     * Makes a fresh one-time token for every process, in a file of its own and all of them in the
     * scheduler's list. Who is enrolled already does not use it.
     */
    void writeJoinTokens() throws IOException {
        var list = new StringBuilder();
        list.append("gateway ").append(token(webTokenFile())).append('\n');
        for (int i = 0; i < options.agentCount(); i++) {
            list.append("node ").append(token(agentTokenFile(i))).append('\n');
        }
        DataFolder.writePrivate(joinTokensFile(), list.toString());
    }

    private String token(Path file) throws IOException {
        String token = secrets.next() + secrets.next();
        DataFolder.writePrivate(file, token + "\n");
        return token;
    }

    /**
     * @param grpcPort where the scheduler listens once it leads; 0 at the first start of the first,
     *     later the same again, so that a restarted scheduler is found where it was
     */
    Program scheduler(int index, PostgresServer.Running database, String password, int grpcPort)
            throws IOException {
        String name = schedulerName(index);
        Files.deleteIfExists(schedulerAddressFile(index));
        Path pki = index == 0 ? folder.pki() : standbyPki(name);
        Map<String, String> properties = new LinkedHashMap<>();
        properties.putAll(datasource(database, DatabaseRoles.SCHEDULER, password));
        properties.put("server.address", LOOPBACK);
        properties.put("server.port", "0");
        properties.put("assay.watch-parent", "true");
        properties.put("assay.scheduler.pki-dir", pki.toString());
        properties.put("assay.scheduler.hosts", LOOPBACK + ",localhost");
        properties.put("assay.scheduler.join-tokens-file", joinTokensFile().toString());
        properties.put("assay.scheduler.grpc-address", LOOPBACK + ":" + grpcPort);
        properties.put("assay.scheduler.address-file", schedulerAddressFile(index).toString());
        properties.put("assay.scheduler.store-dir", folder.store().toString());
        properties.putAll(logging(name));
        return Program.scheduler(name, write(name, properties));
    }

    /**
     * A folder with the installation's authority, in which a further scheduler makes its own key.
     */
    private Path standbyPki(String name) throws IOException {
        Path pki = folder.pki(name);
        DataFolder.makePrivate(pki);
        for (String file : List.of("ca.pem", "ca.key")) {
            DataFolder.writePrivate(
                    pki.resolve(file), Files.readString(folder.pki().resolve(file)));
        }
        return pki;
    }

    /**
     * @param manifest of the model to register and deploy; null leaves the registry as it is
     * @param elasticsearch null where audit records are searched in PostgreSQL
     */
    Program web(
            PostgresServer.Running database,
            DatabaseRoles.Passwords passwords,
            String scheduler,
            @Nullable Path manifest,
            @Nullable URI elasticsearch)
            throws IOException {
        Files.deleteIfExists(webAddressFile());
        Map<String, String> properties = new LinkedHashMap<>();
        properties.putAll(datasource(database, DatabaseRoles.WEB, passwords.web()));
        properties.put("assay.web.audit.database-password", passwords.audit());
        properties.put("assay.web.audit.seal-dir", folder.auditSeals().toString());
        properties.put("assay.watch-parent", "true");
        properties.put("assay.web.scheduler-address", scheduler);
        properties.put("assay.web.ca-file", caCertificate().toString());
        properties.put("assay.web.identity-dir", folder.web().resolve("identity").toString());
        properties.put("assay.web.join-token-file", webTokenFile().toString());
        properties.put("assay.web.http-port", String.valueOf(options.httpPort()));
        properties.put("assay.web.https-port", String.valueOf(options.httpsPort()));
        properties.put("assay.web.grpc-port", String.valueOf(options.grpcPort()));
        properties.put("assay.web.secrets-dir", folder.web().resolve("secrets").toString());
        properties.put("assay.web.address-file", webAddressFile().toString());
        properties.put(
                "assay.web.bootstrap.admin-password-file", folder.adminPasswordFile().toString());
        properties.put("assay.web.bootstrap.api-key-file", folder.apiKeyFile().toString());
        properties.putAll(logging(Program.WEB));
        properties.put("assay.web.logs.dir", folder.logs().toString());
        if (manifest != null) {
            properties.put("assay.web.bootstrap.model-manifest", manifest.toString());
        }
        if (elasticsearch != null) {
            properties.putAll(elasticsearch(elasticsearch));
        }
        return Program.web(write(Program.WEB, properties));
    }

    /** Certificate and keys of a cluster of one's own are files that a person puts there. */
    private Map<String, String> elasticsearch(URI address) {
        Map<String, String> properties = new LinkedHashMap<>();
        properties.put(ELASTICSEARCH + "url", address.toString());
        if (options.elasticsearch() instanceof ElasticsearchChoice.Cluster cluster) {
            properties.put(ELASTICSEARCH + "allow-plain-http", String.valueOf(cluster.plainHttp()));
            for (String name :
                    List.of("ca", "writer-key", "reader-key", "deleter-key", "admin-key")) {
                Path file = folder.elasticsearch().resolve(name.equals("ca") ? "ca.pem" : name);
                if (Files.exists(file)) {
                    properties.put(ELASTICSEARCH + name + "-file", file.toString());
                }
            }
        }
        return properties;
    }

    Program agent(int index, String scheduler) throws IOException {
        String name = agentName(index);
        Path data = folder.agent(name);
        DataFolder.makePrivate(data);
        int cores = Runtime.getRuntime().availableProcessors();
        List<String> arguments =
                List.of(
                        "--name",
                        name,
                        "--data",
                        data.toString(),
                        "--scheduler",
                        scheduler,
                        "--ca",
                        caCertificate().toString(),
                        "--join-token-file",
                        agentTokenFile(index).toString(),
                        "--listen",
                        LOOPBACK + ":0",
                        "--advertise",
                        LOOPBACK,
                        "--metrics",
                        LOOPBACK + ":0",
                        "--log-file",
                        folder.machineLog(name).toString(),
                        "--threads",
                        String.valueOf(Math.max(1, cores / options.agentCount())),
                        // Several agents of one machine would each offer all of its GPUs.
                        "--backend",
                        options.agentCount() == 1 ? "auto" : "cpu",
                        "--memory-bytes",
                        String.valueOf(memoryBytes() / options.agentCount()),
                        "--watch-parent");
        return Program.agent(name, folder.cache(), arguments);
    }

    /** All agents here share one memory: together they must not offer more than there is. */
    private static long memoryBytes() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class)
                .getTotalMemorySize();
    }

    Path caCertificate() {
        return folder.pki().resolve("ca.pem");
    }

    /**
     * Besides the lines for people, which go to standard output, lines for machines: ECS JSON,
     * rolled by size. What is rolled is not compressed, so that who follows it can read its end.
     */
    private Map<String, String> logging(String name) {
        Path file = folder.machineLog(name);
        Map<String, String> properties = new LinkedHashMap<>();
        properties.put("logging.file.name", file.toString());
        properties.put("logging.structured.format.file", "ecs");
        properties.put("logging.structured.ecs.service.node-name", name);
        properties.put(ROLLING + "file-name-pattern", file + ".%d{yyyy-MM-dd}.%i");
        properties.put(ROLLING + "max-file-size", "16MB");
        properties.put(ROLLING + "max-history", "3");
        properties.put(ROLLING + "total-size-cap", "64MB");
        return properties;
    }

    private static Map<String, String> datasource(
            PostgresServer.Running database, String user, String password) {
        Map<String, String> properties = new LinkedHashMap<>();
        properties.put("spring.datasource.url", database.url(DatabaseRoles.DATABASE));
        properties.put("spring.datasource.username", user);
        properties.put("spring.datasource.password", password);
        return properties;
    }

    private Path write(String program, Map<String, String> properties) throws IOException {
        Path file = folder.run().resolve(program + ".properties");
        DataFolder.writePrivate(file, PropertiesText.of(properties));
        return file;
    }
}
