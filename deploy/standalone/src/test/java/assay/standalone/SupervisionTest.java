package assay.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SupervisionTest {
    @TempDir private Path temporary;

    private Instant now = Instant.EPOCH;

    @Test
    void waitsLongerEachTimeAndBeginsAnewAfterAHealthyLife() throws Exception {
        BlockingQueue<Event> events = new LinkedBlockingQueue<>();
        try (var supervision = new Supervision(new LinkedBlockingQueue<>(), () -> now)) {
            ChildProcess child = supervision.start("agent-1", () -> dying(events));
            List<Duration> waits = new ArrayList<>();
            for (int i = 0; i < 7; i++) {
                waits.add(supervision.ended(child).orElseThrow());
                child = supervision.restart("agent-1");
            }
            assertThat(waits.stream().map(Duration::toSeconds))
                    .containsExactly(2L, 4L, 8L, 16L, 32L, 60L, 60L);
            now = now.plus(Supervision.HEALTHY);
            assertThat(supervision.ended(child)).contains(Supervision.FIRST_WAIT);
        }
    }

    @Test
    void aProgramThatAnotherStandsInForMayWaitLongerAtFirst() throws Exception {
        BlockingQueue<Event> events = new LinkedBlockingQueue<>();
        try (var supervision = new Supervision(new LinkedBlockingQueue<>(), () -> now)) {
            Duration first = Duration.ofSeconds(10);
            ChildProcess child = supervision.start("agent-1", first, () -> dying(events));
            assertThat(supervision.ended(child)).contains(first);
        }
    }

    @Test
    void theDeathOfAReplacedProcessPlansNothing() throws Exception {
        BlockingQueue<Event> events = new LinkedBlockingQueue<>();
        try (var supervision = new Supervision(new LinkedBlockingQueue<>(), () -> now)) {
            ChildProcess first = supervision.start("agent-1", () -> dying(events));
            supervision.restart("agent-1");
            assertThat(supervision.ended(first)).isEmpty();
        }
    }

    @Test
    void tellsHowAProcessEndedAndWhatItSaidLast() throws Exception {
        BlockingQueue<Event> events = new LinkedBlockingQueue<>();
        ChildProcess child =
                ChildProcess.start(
                        "agent-1",
                        List.of(
                                "sh",
                                "-c",
                                "echo fine; echo 'ERROR no disk'; echo '  at x'; echo bye; exit 3"),
                        temporary.resolve("agent-1.log"),
                        events);
        var ended = (Event.Ended) events.take();
        assertThat(ended.child()).isSameAs(child);
        assertThat(ChildProcess.describe(ended.exitStatus())).isEqualTo("exit status 3");
        assertThat(child.lastWords()).isEqualTo("ERROR no disk");
    }

    private ChildProcess dying(BlockingQueue<Event> events) throws IOException {
        return ChildProcess.start(
                "agent-1", List.of("true"), temporary.resolve("agent-1.log"), events);
    }
}
