package assay.agent.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.agent.devices.DeviceCode;
import assay.agent.devices.DeviceEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class LogFileTest {
    private static final Logger LOG = LoggerFactory.getLogger(LogFileTest.class);

    @TempDir private Path folder;

    private List<JsonNode> linesOf(Runnable work) throws IOException {
        Path file = folder.resolve("agent-1.ecs.json");
        try (var _ = LogFile.open(file, "agent-1")) {
            work.run();
        }
        return Files.readAllLines(file).stream().map(JsonMapper.shared()::readTree).toList();
    }

    private static String text(JsonNode line, String path) {
        return line.at("/" + path.replace('.', '/')).asString("");
    }

    @Test
    void aLineIsAnObjectWithTheFieldsThatAllProgramsWrite() throws IOException {
        JsonNode line =
                linesOf(() -> LOG.warn("a \"word\"\n and {}", 7, new IllegalStateException("why")))
                        .getFirst();
        assertThat(Instant.parse(text(line, "@timestamp"))).isBefore(Instant.now().plusSeconds(1));
        assertThat(text(line, "log.level")).isEqualTo("WARN");
        assertThat(text(line, "log.logger")).isEqualTo(LogFileTest.class.getName());
        assertThat(text(line, "service.name")).isEqualTo("assay-agent");
        assertThat(text(line, "service.node.name")).isEqualTo("agent-1");
        assertThat(line.at("/process/pid").asLong()).isEqualTo(ProcessHandle.current().pid());
        assertThat(text(line, "message")).isEqualTo("a \"word\"\n and 7");
        assertThat(text(line, "error.type")).isEqualTo("java.lang.IllegalStateException");
        assertThat(text(line, "error.message")).isEqualTo("why");
        assertThat(text(line, "error.stack_trace")).contains("LogFileTest");
    }

    @Test
    void aDeviceOutOfMemoryIsAnEventThatNamesDeviceModelAndStage() throws IOException {
        var event =
                new DeviceEvent(
                        "GPU-1",
                        DeviceCode.DEVICE_OUT_OF_MEMORY,
                        "KV: 8589934592 bytes (free: 1)",
                        Map.of("error", "CUDA_ERROR_OUT_OF_MEMORY"),
                        Instant.EPOCH);
        JsonNode line =
                linesOf(
                                () -> {
                                    try (var _ = MDC.putCloseable("assay.model.name", "m-7b");
                                            var _ = MDC.putCloseable("assay.stage.index", "2")) {
                                        event.log();
                                    }
                                })
                        .getFirst();
        assertThat(text(line, "event.code")).isEqualTo("DEVICE_OUT_OF_MEMORY");
        assertThat(text(line, "error.code")).isEqualTo("CUDA_ERROR_OUT_OF_MEMORY");
        assertThat(text(line, "assay.device.id")).isEqualTo("GPU-1");
        assertThat(text(line, "assay.model.name")).isEqualTo("m-7b");
        assertThat(text(line, "assay.stage.index")).isEqualTo("2");
        assertThat(text(line, "message")).isEqualTo("KV: 8589934592 bytes (free: 1)");
    }

    @Test
    void anErrorOfTheCardCarriesItsNumber() throws IOException {
        var event =
                new DeviceEvent(
                        "GPU-1",
                        DeviceCode.DEVICE_XID,
                        "XID 79",
                        Map.of("xid", "79"),
                        Instant.EPOCH);
        JsonNode line = linesOf(event::log).getFirst();
        assertThat(text(line, "log.level")).isEqualTo("ERROR");
        assertThat(text(line, "event.code")).isEqualTo("DEVICE_XID");
        assertThat(text(line, "assay.device.xid")).isEqualTo("79");
    }

    @Test
    void marksCanNotReplaceTheLinesOwnFields() throws IOException {
        JsonNode line =
                linesOf(() ->
                                LOG.atInfo()
                                        .addKeyValue("log", "x")
                                        .addKeyValue("message.part", "y")
                                        .log("true"))
                        .getFirst();
        assertThat(text(line, "log.level")).isEqualTo("INFO");
        assertThat(text(line, "message")).isEqualTo("true");
        assertThat(line.path("message.part").asString("")).isEqualTo("y");
    }

    @Test
    void aFullFileIsRenamedAndTheNextGoesOn() throws IOException {
        Path file = folder.resolve("small.ecs.json");
        try (var _ = LogFile.open(file, "n", 1_000)) {
            long end = System.nanoTime() + 10_000_000_000L;
            while (!Files.exists(folder.resolve("small.ecs.json.1")) && System.nanoTime() < end) {
                LOG.info("filling");
            }
        }
        assertThat(folder.resolve("small.ecs.json.1")).exists();
    }

    @Test
    void aFileThatCanNotBeMadeIsRefused() {
        Path nowhere = folder.resolve("none").resolve("x.json");
        assertThatThrownBy(() -> LogFile.open(nowhere, "n"))
                .isInstanceOf(UncheckedIOException.class);
    }
}
