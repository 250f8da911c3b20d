package assay.agent.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AgentOptionsTest {
    private static final List<String> LEAST =
            List.of("--name", "n1", "--data", "/d", "--scheduler", "s:9", "--ca", "/ca.pem");

    @Test
    void defaultsAreTheseAndNoOthers() {
        AgentConfig config = AgentOptions.parse(LEAST);
        assertThat(config)
                .isEqualTo(
                        new AgentConfig(
                                "n1",
                                Path.of("/d"),
                                List.of(new HostPort("s", 9)),
                                Path.of("/ca.pem"),
                                Optional.empty(),
                                new HostPort("127.0.0.1", 0),
                                "127.0.0.1",
                                new HostPort("127.0.0.1", 0),
                                Runtime.getRuntime().availableProcessors(),
                                BackendChoice.AUTO,
                                Optional.empty(),
                                new AgentConfig.HeadLimits(
                                        256,
                                        1_024,
                                        Duration.ofSeconds(5),
                                        Duration.ofSeconds(5),
                                        Duration.ofSeconds(4),
                                        Duration.ofSeconds(30),
                                        Duration.ofSeconds(60)),
                                false,
                                Optional.empty()));
    }

    @Test
    void standbysOfTheSchedulerStandBehindACommaEach() {
        List<String> arguments = new ArrayList<>(LEAST);
        arguments.set(arguments.indexOf("s:9"), "s:9,[::1]:10");
        assertThat(AgentOptions.parse(arguments).schedulers())
                .containsExactly(new HostPort("s", 9), new HostPort("::1", 10));
    }

    @ParameterizedTest
    @CsvSource({
        "--threads 0, --threads: 0 (expected: 1..1024)",
        "--threads many, --threads: many (expected: a number)",
        "--listen nowhere, --listen: nowhere (expected: HOST:PORT)",
        "--listen h:70000, --listen: port: 70000 (expected: 0..65535)",
        "--listen 0.0.0.0:1, --advertise: missing",
        "--backend gpu, '--backend: gpu (expected: cuda, cpu, scalar or auto)'",
        "--memory-bytes -1, --memory-bytes: -1 (expected: above 0)",
        "--name x, --name: given twice",
        "--colour red, --colour: unknown option",
        "--metrics, --metrics: value missing"
    })
    void aBadOptionIsSaidInOneLine(String more, String line) {
        List<String> arguments = new ArrayList<>(LEAST);
        arguments.addAll(List.of(more.split(" ", -1)));
        assertThatThrownBy(() -> AgentOptions.parse(arguments))
                .isInstanceOf(StartException.class)
                .hasMessageStartingWith(line)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"))
                .extracting("exitStatus")
                .isEqualTo(2);
    }

    @Test
    void whatMustBeGivenIsAskedFor() {
        assertThatThrownBy(() -> AgentOptions.parse(List.of("--name", "n")))
                .hasMessage("--data: missing");
    }

    @Test
    void addressesOfTheSixthVersionStandInBrackets() {
        assertThat(HostPort.parse("[::1]:80")).isEqualTo(new HostPort("::1", 80));
        assertThat(new HostPort("::1", 80)).hasToString("[::1]:80");
    }
}
