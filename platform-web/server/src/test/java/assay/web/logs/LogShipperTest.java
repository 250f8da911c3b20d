package assay.web.logs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.audit.elastic.ElasticStore;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogShipperTest {
    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");

    @TempDir private Path folder;
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private FakeElastic elastic;
    private ElasticStore store;
    private LogShipper shipper;

    @BeforeEach
    void begin() throws IOException {
        elastic = new FakeElastic();
        store = elastic.store();
        shipper = shipper();
    }

    @AfterEach
    void end() {
        store.close();
        elastic.close();
    }

    private LogShipper shipper() {
        return new LogShipper(
                folder, new LogIndices(store, 0), 7, InstantSource.fixed(NOW), meters);
    }

    private Path file(String name) {
        return folder.resolve(name + ".ecs.json");
    }

    private void write(String name, String... messages) throws IOException {
        for (String each : messages) {
            line(name, "2026-11-23T11:59:00Z", each);
        }
    }

    private void line(String name, String at, String message) throws IOException {
        Files.writeString(
                file(name),
                "{\"@timestamp\":\"" + at + "\",\"message\":\"" + message + "\"}\n",
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
    }

    private void roll(String name, int number) throws IOException {
        Files.move(file(name), folder.resolve(name + ".ecs.json." + number));
    }

    private void ship() throws IOException {
        while (shipper.runOnce()) {
            // until nothing is left
        }
    }

    private double lost(String reason) {
        return meters.counter("assay.logs.lost", "reason", reason).count();
    }

    @Test
    void linesOfAllFilesGoToTheIndexOfTheirDayAndComeAfterwardsToo() throws IOException {
        write("web", "one");
        write("agent-1", "two");
        line("web", "2026-11-22T23:59:59.999Z", "yesterday");
        ship();
        write("web", "three");
        ship();
        assertThat(elastic.templates).containsExactly("/_index_template/logs-assay");
        assertThat(elastic.indices.keySet())
                .containsExactly("logs-assay-2026.11.22", "logs-assay-2026.11.23");
        assertThat(elastic.messages())
                .containsExactlyInAnyOrder("one", "two", "three", "yesterday");
        assertThat(meters.counter("assay.logs.shipped").count()).isEqualTo(4);
    }

    @Test
    void halfALineWaitsForItsRestAndWhatIsNoObjectIsAMessage() throws IOException {
        Files.writeString(file("web"), "OpenJDK said some");
        ship();
        assertThat(elastic.messages()).isEmpty();
        Files.writeString(file("web"), "thing\n", StandardOpenOption.APPEND);
        ship();
        assertThat(elastic.messages()).containsExactly("OpenJDK said something");
        assertThat(elastic.indices.getOrDefault("logs-assay-2026.11.23", Map.of()).values())
                .allMatch(each -> each.at("/service/node/name").asString("").equals("web"));
    }

    @Test
    void whatWasRenamedIsReadToItsEnd() throws IOException {
        write("web", "one");
        ship();
        write("web", "two");
        roll("web", 1);
        write("web", "three");
        ship();
        ship();
        assertThat(elastic.messages()).containsExactlyInAnyOrder("one", "two", "three");
    }

    @Test
    void aRestartGoesOnWhereTheLastOneWasEvenInARenamedFile() throws IOException {
        write("web", "one");
        ship();
        write("web", "two");
        roll("web", 1);
        write("web", "three");
        shipper = shipper();
        ship();
        ship();
        assertThat(elastic.messages()).containsExactlyInAnyOrder("one", "two", "three");
        assertThat(meters.counter("assay.logs.shipped").count())
                .as("none of them twice")
                .isEqualTo(3);
    }

    @Test
    void sentTwiceIsStoredOnce() throws IOException {
        write("web", "one", "one");
        ship();
        Files.delete(folder.resolve(".shipped"));
        shipper = shipper();
        ship();
        assertThat(elastic.messages()).containsExactly("one", "one");
    }

    @Test
    void whileElasticsearchIsAwayTheNewestStayAndTheRestIsCounted() throws IOException {
        write("web", "first");
        ship();
        elastic.away = true;
        for (int i = 1; i <= 4; i++) {
            write("web", "a" + i, "b" + i);
            assertThatThrownBy(shipper::runOnce).isInstanceOf(IOException.class);
            roll("web", i);
        }
        write("web", "last");
        elastic.away = false;
        ship();
        ship();
        // The batch under way is a1 and b1; two files are held: the fourth and the last.
        assertThat(elastic.messages())
                .containsExactlyInAnyOrder("first", "a1", "b1", "a4", "b4", "last");
        assertThat(lost("rolled")).isEqualTo(4);
    }

    @Test
    void whatIsTurnedAwayIsSentAgainAndWhatIsRefusedIsNot() throws IOException {
        elastic.refused = "bad";
        elastic.busyFrom = 2;
        write("web", "one", "bad", "two", "three");
        assertThatThrownBy(shipper::runOnce).hasMessageContaining("2 lines wait");
        elastic.busyFrom = Integer.MAX_VALUE;
        ship();
        assertThat(elastic.messages()).containsExactlyInAnyOrder("one", "two", "three");
        assertThat(lost("refused")).isEqualTo(1);
    }

    @Test
    void aLineThatIsTooLongIsLeftOut() throws IOException {
        write("web", "x".repeat(LogTail.MOST_LINE_BYTES * 2), "after");
        ship();
        assertThat(elastic.messages()).containsExactly("after");
        assertThat(lost("too-long")).isEqualTo(1);
    }

    @Test
    void manyLinesGoInBatches() throws IOException {
        List<String> all = IntStream.range(0, 1_700).mapToObj(i -> "line " + i).toList();
        write("web", all.toArray(String[]::new));
        ship();
        assertThat(elastic.messages()).containsExactlyInAnyOrderElementsOf(all);
    }

    @Test
    void oldDaysAreDeletedAndNotMadeAgain() throws IOException {
        elastic.indices.put("logs-assay-2026.11.15", Map.of());
        elastic.indices.put("logs-assay-2026.11.16", Map.of());
        elastic.indices.put("logs-assay-mine", Map.of());
        line("web", "2026-11-01T00:00:00Z", "long ago");
        ship();
        assertThat(elastic.indices.keySet())
                .containsExactly("logs-assay-2026.11.16", "logs-assay-mine");
        assertThat(lost("old")).isEqualTo(1);
    }
}
