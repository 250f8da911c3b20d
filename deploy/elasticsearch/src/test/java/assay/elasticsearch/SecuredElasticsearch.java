package assay.elasticsearch;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * A real Elasticsearch with Elastic's security modules, for tests: HTTPS alone, with a certificate
 * of an authority of its own, and nothing without a password or an API key. The modules are fetched
 * as the embedded server's jars are, 18 MB at the first start on a machine. Confined to one thread.
 */
public final class SecuredElasticsearch implements AutoCloseable {
    private static final String MAIN_CLASS = "assay.elasticsearch.server.SecuredServer";
    private static final String MODULE = "security-index-analysis";
    private static final String MODULE_CLASS = "assay.elasticsearch.server.SecurityIndexAnalysis";
    private static final Pattern ENCODED = Pattern.compile("\"encoded\":\"([A-Za-z0-9+/=]+)\"");
    private static final int HEAP_MEBIBYTES = 256;

    private final ServerProcess server;
    private final int port;
    private final String nodeName = "secured-" + UUID.randomUUID();
    private final String password = UUID.randomUUID().toString();
    private final TestAuthority authority;
    private final TestAuthority anotherAuthority;
    private final HttpClient client;

    private SecuredElasticsearch() throws IOException, InterruptedException {
        try {
            this.server = new ServerProcess();
            this.port = ServerProcess.freePort();
            this.authority = TestAuthority.make(folder("config"), password);
            this.anotherAuthority = TestAuthority.make(folder("other"), password);
            this.client =
                    HttpClient.newBuilder()
                            .version(HttpClient.Version.HTTP_1_1)
                            .sslContext(trusting(authority.certificate()))
                            .build();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Starts one and returns when it answers. */
    public static SecuredElasticsearch start() {
        try {
            var server = new SecuredElasticsearch();
            server.launch();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private void launch() throws IOException, InterruptedException {
        server.begin(command());
        server.process()
                .getOutputStream()
                .write((password + "\n").getBytes(StandardCharsets.UTF_8));
        server.process().getOutputStream().flush();
        server.untilReady(this::answers);
    }

    private static SSLContext trusting(Path certificate)
            throws IOException, GeneralSecurityException {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        try (InputStream in = Files.newInputStream(certificate)) {
            trusted.setCertificateEntry(
                    "ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        var context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    private List<String> command() throws IOException, InterruptedException {
        ServerHome home = home();
        var plain =
                new ServerCommand(
                        home, server.folder().resolve("data"), port, nodeName, HEAP_MEBIBYTES);
        Path main = folder("main");
        copy(MAIN_CLASS, main.resolve(file(MAIN_CLASS)));
        var classPath = new StringBuilder(main.toString());
        classPath.append(File.pathSeparatorChar).append(RunningElasticsearch.own());
        for (Path library : home.libraries()) {
            classPath.append(File.pathSeparatorChar).append(library);
        }
        List<String> line = new ArrayList<>();
        line.add(ServerProcess.java().toString());
        line.addAll(plain.virtualMachine());
        line.add("-XX:TieredStopAtLevel=1"); // it lives for seconds
        line.addAll(List.of("-cp", classPath.toString(), MAIN_CLASS));
        line.addAll(plain.arguments());
        line.add(authority.folder().toString());
        return line;
    }

    private static ServerHome home() throws IOException, InterruptedException {
        List<Artefact> list = new ArrayList<>(Artefacts.ofThisRelease().list());
        list.addAll(Artefacts.read("artefacts-security.txt").list());
        var artefacts = new Artefacts(list);
        Path root =
                Path.of(System.getProperty("java.io.tmpdir"))
                        .resolve("assay-elasticsearch-" + System.getProperty("user.name"))
                        .resolve(artefacts.fingerprint().substring(0, 12));
        ServerHome home =
                ServerHome.layOut(root, artefacts, ArtefactSource.ofThisUser(System.getenv()));
        addOwnModule(home.root().resolve("modules").resolve(MODULE));
        return home;
    }

    /**
     * A module's classes must come from its own folder, and no class may be on two paths: so they
     * are packed here and are not on the class path of the server.
     */
    private static void addOwnModule(Path folder) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(
                folder.resolve("plugin-descriptor.properties"),
                """
                name=%s
                description=what the index of users and keys is analysed with
                version=9.5.3
                elasticsearch.version=9.5.3
                java.version=21
                classname=%s
                """
                        .formatted(MODULE, MODULE_CLASS));
        var bytes = new ByteArrayOutputStream();
        try (var jar = new JarOutputStream(bytes)) {
            for (String name : List.of("", "$Tokens", "$Filter")) {
                jar.putNextEntry(new JarEntry(file(MODULE_CLASS + name)));
                jar.write(read(MODULE_CLASS + name));
            }
        }
        Path part = Files.createTempFile(folder, MODULE, ".part");
        Files.write(part, bytes.toByteArray());
        // whoever runs from the old one keeps it
        Files.move(part, folder.resolve(MODULE + ".jar"), StandardCopyOption.REPLACE_EXISTING);
    }

    private Path folder(String name) throws IOException {
        return Files.createDirectories(server.folder().resolve(name));
    }

    private static String file(String className) {
        return className.replace('.', '/') + ".class";
    }

    private static void copy(String className, Path to) throws IOException {
        Files.createDirectories(to.getParent());
        Files.write(to, read(className));
    }

    private static byte[] read(String className) throws IOException {
        try (InputStream in =
                SecuredElasticsearch.class.getResourceAsStream("/" + file(className))) {
            if (in == null) {
                throw new IOException(className + " is not on the class path");
            }
            return in.readAllBytes();
        }
    }

    private boolean answers() throws InterruptedException {
        try {
            HttpResponse<String> response = request("GET", "/_cat/nodes?h=name", null);
            return response.statusCode() == 200 && response.body().strip().equals(nodeName);
        } catch (IOException _) {
            return false;
        }
    }

    private HttpResponse<String> request(String method, String path, @Nullable String body)
            throws IOException, InterruptedException {
        String credentials = "elastic:" + password;
        var publisher =
                body == null
                        ? HttpRequest.BodyPublishers.noBody()
                        : HttpRequest.BodyPublishers.ofString(body);
        return client.send(
                HttpRequest.newBuilder(uri().resolve(path))
                        .timeout(Duration.ofSeconds(30))
                        .header("Content-Type", "application/json")
                        .header(
                                "Authorization",
                                "Basic "
                                        + Base64.getEncoder()
                                                .encodeToString(
                                                        credentials.getBytes(
                                                                StandardCharsets.UTF_8)))
                        .method(method, publisher)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** {@code https://127.0.0.1:PORT}. */
    public URI uri() {
        return URI.create("https://127.0.0.1:" + port);
    }

    /** The certificate of the authority that signed the server's, PEM. */
    public Path authority() {
        return authority.certificate();
    }

    /** The certificate of an authority that signed nothing here, PEM. */
    public Path anotherAuthority() {
        return anotherAuthority.certificate();
    }

    /**
     * Makes an API key as the user {@code elastic}.
     *
     * @param body of {@code POST /_security/api_key}
     * @return the key, encoded as clients send it
     */
    public String apiKey(String body) throws IOException, InterruptedException {
        String answer = send("POST", "/_security/api_key", body);
        Matcher encoded = ENCODED.matcher(answer);
        if (!encoded.find()) {
            throw new IOException("no key in: " + answer);
        }
        return encoded.group(1);
    }

    /** Invalidates the API keys of that name. */
    public void revoke(String name) throws IOException, InterruptedException {
        var _ = send("DELETE", "/_security/api_key", "{\"name\":\"" + name + "\"}");
    }

    private String send(String method, String path, String body)
            throws IOException, InterruptedException {
        HttpResponse<String> response = request(method, path, body);
        if (response.statusCode() != 200) {
            throw new IOException(
                    path + " answered " + response.statusCode() + ": " + response.body());
        }
        return response.body();
    }

    @Override
    public void close() {
        server.close();
        client.close();
    }
}
