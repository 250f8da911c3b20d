package assay.elasticsearch;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where artefacts come from: a local Maven repository if it has the very bytes, else a Maven
 * repository over HTTP. Whatever comes is checked against the pinned checksum. Immutable.
 *
 * @param local a repository's folder on this machine; need not exist
 * @param remote a repository's address; {@code file:} works too
 */
public record ArtefactSource(Path local, URI remote) {
    /** Names another repository than Maven Central: a mirror, or a folder as {@code file:} URI. */
    public static final String REPOSITORY_VARIABLE = "ASSAY_MAVEN_REPOSITORY";

    public static final URI MAVEN_CENTRAL = URI.create("https://repo.maven.apache.org/maven2");

    private static final Duration CONNECT_PATIENCE = Duration.ofSeconds(10);
    private static final Duration FETCH_PATIENCE = Duration.ofMinutes(3);

    /** No jar of the list is nearly as large: more is not what was asked for. */
    private static final int MAX_BYTES = 96 * 1024 * 1024;

    /**
     * As Maven itself would find them for this user.
     *
     * @param environment the process's
     * @throws IllegalArgumentException if the variable holds no address
     */
    public static ArtefactSource ofThisUser(Map<String, String> environment) {
        String repository = environment.getOrDefault(REPOSITORY_VARIABLE, "").strip();
        String local = System.getProperty("maven.repo.local", "").strip();
        return new ArtefactSource(
                local.isEmpty()
                        ? Path.of(System.getProperty("user.home"), ".m2", "repository")
                        : Path.of(local),
                repository.isEmpty() ? MAVEN_CENTRAL : address(repository));
    }

    private static URI address(String repository) {
        URI uri = URI.create(repository);
        if (!List.of("https", "http", "file").contains(String.valueOf(uri.getScheme()))) {
            throw new IllegalArgumentException(
                    REPOSITORY_VARIABLE + ": " + repository + " (expected: an https: address)");
        }
        return uri;
    }

    /**
     * The bytes of an artefact.
     *
     * @throws IOException if no place has them, or only others under the same name
     */
    byte[] read(Artefact artefact) throws IOException, InterruptedException {
        Optional<byte[]> found = local(artefact);
        if (found.isPresent()) {
            return found.get();
        }
        URI address = URI.create(remote + "/" + artefact.repositoryPath());
        byte[] bytes =
                "file".equals(address.getScheme())
                        ? Files.readAllBytes(Path.of(address))
                        : download(address);
        String sum = Artefacts.sha256(bytes);
        if (!sum.equals(artefact.sha256())) {
            throw new IOException(
                    "what came from "
                            + address
                            + " has SHA-256 "
                            + sum
                            + " (expected: "
                            + artefact.sha256()
                            + ")");
        }
        return bytes;
    }

    private Optional<byte[]> local(Artefact artefact) throws IOException {
        Path file = local.resolve(artefact.repositoryPath());
        if (!Files.isReadable(file)) {
            return Optional.empty();
        }
        byte[] bytes = Files.readAllBytes(file);
        return Artefacts.sha256(bytes).equals(artefact.sha256())
                ? Optional.of(bytes)
                : Optional.empty();
    }

    private static byte[] download(URI address) throws IOException, InterruptedException {
        try (HttpClient client =
                HttpClient.newBuilder()
                        .connectTimeout(CONNECT_PATIENCE)
                        .followRedirects(HttpClient.Redirect.NORMAL)
                        .build()) {
            HttpResponse<InputStream> response =
                    client.send(
                            HttpRequest.newBuilder(address).timeout(FETCH_PATIENCE).GET().build(),
                            HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream body = response.body()) {
                if (response.statusCode() != 200) {
                    throw new IOException(
                            address + " answered " + response.statusCode() + " (expected: 200)");
                }
                byte[] bytes = body.readNBytes(MAX_BYTES + 1);
                if (bytes.length > MAX_BYTES) {
                    throw new IOException(
                            address + " is larger than " + MAX_BYTES + " bytes (expected: a jar)");
                }
                return bytes;
            }
        } catch (IOException e) {
            // Java's network exceptions often have no text and never the address
            throw new IOException(
                    address
                            + " was not fetched: "
                            + (e.getMessage() == null
                                    ? e.getClass().getSimpleName()
                                    : e.getMessage()),
                    e);
        }
    }
}
