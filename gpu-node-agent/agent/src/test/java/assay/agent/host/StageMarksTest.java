package assay.agent.host;

import static org.assertj.core.api.Assertions.assertThat;

import assay.agent.v1.AssignStage;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

class StageMarksTest {
    private static final AssignStage ORDER =
            AssignStage.newBuilder()
                    .setReplicaId("r1")
                    .setModel("m-7b")
                    .setStageIndex(2)
                    .setDeviceId("GPU-1")
                    .build();

    @Test
    void linesBearTheStageWhileItIsWorkedForAndNoLonger() {
        try (var _ = StageMarks.of(ORDER)) {
            assertThat(MDC.getCopyOfContextMap())
                    .containsAllEntriesOf(
                            Map.of(
                                    "assay.replica.id", "r1",
                                    "assay.model.name", "m-7b",
                                    "assay.stage.index", "2",
                                    "assay.device.id", "GPU-1"));
        }
        assertThat(MDC.get("assay.replica.id")).isNull();
        assertThat(MDC.get("assay.device.id")).isNull();
    }

    @Test
    void aFailedStageIsAnEventWithItsCodeAndItsPlace() {
        var logger = (Logger) LoggerFactory.getLogger(HostedStage.class);
        var lines = new ListAppender<ILoggingEvent>();
        lines.start();
        logger.addAppender(lines);
        try {
            HostedStage.logFault(ORDER, "OUT_OF_MEMORY", "KV: 8 bytes (free: 1)");
        } finally {
            logger.detachAppender(lines);
        }
        ILoggingEvent line = lines.list.getFirst();
        assertThat(
                        line.getKeyValuePairs().stream()
                                .collect(Collectors.toMap(p -> p.key, p -> p.value)))
                .containsEntry("event.code", "OUT_OF_MEMORY")
                .containsEntry("event.action", "stage-failed");
        assertThat(line.getMDCPropertyMap())
                .containsEntry("assay.model.name", "m-7b")
                .containsEntry("assay.stage.index", "2")
                .containsEntry("assay.device.id", "GPU-1");
        assertThat(line.getFormattedMessage()).contains("FAILED OUT_OF_MEMORY KV: 8 bytes");
    }
}
