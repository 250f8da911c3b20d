package assay.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ConnectFileTest {
    private static final ConnectFile FILE =
            new ConnectFile(
                    1,
                    2,
                    3,
                    Path.of("/d/pki/ca.pem"),
                    "secret",
                    "ask_x",
                    "assay-reference",
                    "http://127.0.0.1:7",
                    "jdbc:postgresql://127.0.0.1:9/assay",
                    new ConnectFile.Pids(1, List.of(2L, 6L), List.of(3L, 4L), 5, 7));

    @TempDir private Path temporary;

    @Test
    void hasThePromisedShape() {
        JsonNode json = JsonMapper.shared().readTree(FILE.json());
        assertThat(json.get("http").asString()).isEqualTo("http://127.0.0.1:1");
        assertThat(json.get("https").asString()).isEqualTo("https://127.0.0.1:2");
        assertThat(json.get("grpc").asString()).isEqualTo("127.0.0.1:3");
        assertThat(json.get("caCertificate").asString()).isEqualTo("/d/pki/ca.pem");
        assertThat(json.get("adminUser").asString()).isEqualTo("admin");
        assertThat(json.get("adminPassword").asString()).isEqualTo("secret");
        assertThat(json.get("apiKey").asString()).isEqualTo("ask_x");
        assertThat(json.get("model").asString()).isEqualTo("assay-reference");
        assertThat(json.get("elasticsearch").asString()).isEqualTo("http://127.0.0.1:7");
        assertThat(json.get("database").asString()).startsWith("jdbc:postgresql://");
        assertThat(json.get("pids").toString())
                .isEqualTo(
                        "{\"web\":1,\"scheduler\":2,\"schedulers\":[2,6],"
                                + "\"agents\":[3,4],\"postgres\":5,\"elasticsearch\":7}");
    }

    @Test
    void namesNoElasticsearchWhereThereIsNone() {
        var without =
                new ConnectFile(
                        1,
                        2,
                        3,
                        Path.of("/d/pki/ca.pem"),
                        "secret",
                        "ask_x",
                        "assay-reference",
                        null,
                        "jdbc:postgresql://127.0.0.1:9/assay",
                        new ConnectFile.Pids(1, List.of(2L), List.of(3L), 5, 0));
        JsonNode json = JsonMapper.shared().readTree(without.json());
        assertThat(json.get("elasticsearch").isNull()).isTrue();
        assertThat(json.get("pids").has("elasticsearch")).isFalse();
    }

    @Test
    void isReadableByItsOwnerAlone() throws IOException {
        Path file = temporary.resolve("connect.json");
        FILE.write(file);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }
}
