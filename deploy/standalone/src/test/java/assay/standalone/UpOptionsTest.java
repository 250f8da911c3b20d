package assay.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UpOptionsTest {
    @Test
    void defaultsAreThePromisedOnes() {
        UpOptions options = UpOptions.parse(List.of());
        assertThat(options.data()).isEqualTo(Path.of(".assay").toAbsolutePath());
        assertThat(options.httpPort()).isEqualTo(8080);
        assertThat(options.httpsPort()).isEqualTo(8443);
        assertThat(options.grpcPort()).isEqualTo(9090);
        assertThat(options.agentCount()).isEqualTo(2);
        assertThat(options.schedulerCount()).isEqualTo(1);
        assertThat(options.referenceModel()).isTrue();
        assertThat(options.elasticsearch()).isEqualTo(new ElasticsearchChoice.Embedded());
        assertThat(options.detach()).isFalse();
    }

    @Test
    void everyOptionIsTaken() {
        UpOptions options =
                UpOptions.parse(
                        List.of(
                                "--data=/tmp/a b",
                                "--http-port",
                                "1",
                                "--https-port=2",
                                "--grpc-port",
                                "0",
                                "--agents",
                                "3",
                                "--schedulers=2",
                                "--elasticsearch=off",
                                "--quantize=int4",
                                "--no-reference-model",
                                "--detach"));
        assertThat(options)
                .isEqualTo(
                        new UpOptions(
                                Path.of("/tmp/a b"),
                                1,
                                2,
                                0,
                                3,
                                2,
                                false,
                                "int4",
                                new ElasticsearchChoice.Off(),
                                true));
    }

    @ParameterizedTest
    @CsvSource({
        "https://search.example:9200, false",
        "http://127.0.0.1:9200, false",
        "http://localhost, false",
        "http://[::1]:9200, false",
        "http://search.example:9200, true",
    })
    void aClusterElsewhereIsSpokenToInTheClearOnlyWhereThatIsSaid(String address, boolean said) {
        List<String> arguments =
                said
                        ? List.of("--elasticsearch-plain-http", "--elasticsearch", address)
                        : List.of("--elasticsearch", address);
        assertThat(UpOptions.parse(arguments).elasticsearch())
                .isEqualTo(new ElasticsearchChoice.Cluster(URI.create(address), said));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--http-port 70000        | --http-port: 70000 (expected: 0..65535)",
                "--http-port x            | --http-port: x (expected: 0..65535)",
                "--quantize int3          | --quantize: int3 (expected: none, int8 or int4)",
                "--agents 0               | --agents: 0 (expected: 1..16)",
                "--schedulers 4           | --schedulers: 4 (expected: 1..3)",
                "--data                   | --data: needs a value",
                "--data --detach          | --data: needs a value",
                "--detach --detach        | --detach: given twice",
                "--prot 1                 | --prot: unknown option",
                "--http-port=1 --grpc-port=1 | port 1: given twice",
                "--elasticsearch on       | --elasticsearch: on (expected: embedded, off, or an"
                        + " address",
                "--elasticsearch https://u:p@h | --elasticsearch: https://u:p@h (expected:"
                        + " embedded",
                "--elasticsearch ftp://h  | --elasticsearch: ftp://h (expected: embedded, off, or",
                "--elasticsearch=http://h:9200 | --elasticsearch: http://h:9200 would carry audit",
                "--elasticsearch-plain-http | --elasticsearch-plain-http: only with"
                        + " --elasticsearch",
            })
    void whatIsWrongIsNamedWithWhatWasExpected(String line, String message) {
        assertThatThrownBy(() -> UpOptions.parse(List.of(line.split(" "))))
                .isInstanceOf(StandaloneException.class)
                .hasMessageStartingWith(message)
                .extracting(e -> ((StandaloneException) e).code().exitStatus())
                .isEqualTo(2);
    }
}
