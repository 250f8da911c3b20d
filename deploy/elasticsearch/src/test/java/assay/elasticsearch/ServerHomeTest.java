package assay.elasticsearch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerHomeTest {
    private static final byte[] LIBRARY = "library".getBytes(StandardCharsets.UTF_8);

    @TempDir private Path temporary;

    private Path local = Path.of("unset");
    private Path remote = Path.of("unset");
    private Artefacts artefacts = Artefacts.ofThisRelease();

    @BeforeEach
    void repositories() throws IOException {
        local = Files.createDirectory(temporary.resolve("local"));
        remote = Files.createDirectory(temporary.resolve("remote"));
        byte[] module = module();
        artefacts =
                Artefacts.parse(
                        "# a comment\n\n"
                                + Artefacts.sha256(LIBRARY)
                                + "  org.one:lib:1.0  lib\n"
                                + Artefacts.sha256(module)
                                + "  org.two:net:2.0  modules/net\n");
        put(remote, "org/one/lib/1.0/lib-1.0.jar", LIBRARY);
        put(remote, "org/two/net/2.0/net-2.0.jar", module);
    }

    private static byte[] module() throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(bytes)) {
            zip.putNextEntry(new ZipEntry("META-INF/es-plugins/net/plugin-descriptor.properties"));
            zip.write("# x\nname=net\nmodulename=org.net\n".getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }

    private static void put(Path repository, String path, byte[] bytes) throws IOException {
        Path file = repository.resolve(path);
        Files.createDirectories(file.getParent());
        Files.write(file, bytes);
    }

    private ServerHome layOut() throws IOException, InterruptedException {
        return ServerHome.layOut(
                temporary.resolve("home"), artefacts, new ArtefactSource(local, remote.toUri()));
    }

    @Test
    void laysLibrariesAndModulesOutForTheOwnerAlone() throws Exception {
        ServerHome home = layOut();
        assertThat(home.libraries())
                .containsExactly(home.root().resolve("lib").resolve("lib-1.0.jar"));
        assertThat(home.root().resolve("modules/net/plugin-descriptor.properties"))
                .hasContent("name=net");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.root())))
                .isEqualTo("rwx------");
        assertThat(ServerHome.isLaidOut(home.root(), artefacts)).isTrue();
    }

    @Test
    void takesNothingFromTheNetworkThatTheLocalRepositoryHas() throws Exception {
        put(local, "org/one/lib/1.0/lib-1.0.jar", LIBRARY);
        Files.delete(remote.resolve("org/one/lib/1.0/lib-1.0.jar"));
        assertThat(layOut().libraries()).hasSize(1);
    }

    @Test
    void aLocalFileWithOtherBytesIsPassedOver() throws Exception {
        put(local, "org/one/lib/1.0/lib-1.0.jar", new byte[] {1});
        assertThat(layOut().libraries()).hasSize(1);
    }

    @Test
    void aForeignFileFromTheRepositoryIsRefusedWithBothSums() throws Exception {
        put(remote, "org/one/lib/1.0/lib-1.0.jar", new byte[] {1});
        assertThatThrownBy(this::layOut)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("lib-1.0.jar has SHA-256 " + Artefacts.sha256(new byte[] {1}))
                .hasMessageContaining("expected: " + Artefacts.sha256(LIBRARY));
        assertThat(temporary.resolve("home")).doesNotExist();
    }

    @Test
    void aCutAttemptIsFinishedByTheNextOneWithoutLeftovers() throws Exception {
        Files.move(remote.resolve("org/two"), remote.resolve("org/hidden"));
        assertThatThrownBy(this::layOut).isInstanceOf(IOException.class);
        put(temporary.resolve("home.part"), "lib/lib-0.9.jar", LIBRARY);
        Files.move(remote.resolve("org/hidden"), remote.resolve("org/two"));
        assertThat(layOut().libraries()).hasSize(1);
        assertThat(temporary.resolve("home.part")).doesNotExist();
    }

    @Test
    void anotherListReplacesTheHome() throws Exception {
        layOut();
        artefacts = new Artefacts(artefacts.list().subList(1, 2));
        ServerHome home = ServerHome.layOut(temporary.resolve("home"), artefacts, source());
        try (Stream<Path> jars = Files.walk(home.root())) {
            assertThat(jars.map(Path::toString)).noneMatch(name -> name.endsWith("lib-1.0.jar"));
        }
    }

    private ArtefactSource source() {
        return new ArtefactSource(local, remote.toUri());
    }

    @Test
    void aRefusingRepositoryIsNamedWithItsAnswer() throws Exception {
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(
                "/",
                exchange -> {
                    exchange.sendResponseHeaders(403, -1);
                    exchange.close();
                });
        server.start();
        try {
            URI address = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/m2");
            assertThatThrownBy(() ->
                            ServerHome.layOut(
                                    temporary.resolve("home"),
                                    artefacts,
                                    new ArtefactSource(local, address)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(address + "/org/one/lib/1.0/lib-1.0.jar answered 403");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void mavenCentralIsAskedUnlessTheEnvironmentNamesAnotherRepository() {
        assertThat(ArtefactSource.ofThisUser(Map.of()).remote())
                .isEqualTo(ArtefactSource.MAVEN_CENTRAL);
        assertThat(
                        ArtefactSource.ofThisUser(
                                        Map.of(
                                                ArtefactSource.REPOSITORY_VARIABLE,
                                                "https://mirror.example/m2"))
                                .remote())
                .isEqualTo(URI.create("https://mirror.example/m2"));
        assertThatThrownBy(() ->
                        ArtefactSource.ofThisUser(
                                Map.of(ArtefactSource.REPOSITORY_VARIABLE, "mirror")))
                .hasMessage("ASSAY_MAVEN_REPOSITORY: mirror (expected: an https: address)");
    }

    @Test
    void theListOfThisReleaseIsWhatMavenResolvedForIt() throws Exception {
        ArtefactSource localAlone =
                new ArtefactSource(
                        ArtefactSource.ofThisUser(Map.of()).local(),
                        temporary.resolve("none").toUri());
        for (Artefact artefact : Artefacts.ofThisRelease().list()) {
            assertThat(localAlone.read(artefact)).as(artefact.toString()).isNotEmpty();
        }
    }
}
