package assay.web.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AuditJournalTest {
    private static final JournalSettings SMALL = new JournalSettings(65_536, Duration.ofMillis(10));
    private static final long ROOM = 1 << 20;

    @TempDir private Path folder;

    private AuditJournal journal() {
        return new AuditJournal(folder, ROOM, SMALL);
    }

    private static void add(AuditJournal journal, int first, int end) throws Exception {
        for (int number = first; number < end; number++) {
            journal.append(JournalRows.entry(number).bytes(), 0);
        }
    }

    private static List<Long> drained(AuditJournal journal) throws IOException {
        var numbers = new ArrayList<Long>();
        for (var batch = journal.take(70); !batch.entries().isEmpty(); batch = journal.take(70)) {
            batch.entries().forEach(it -> numbers.add(it.row().id().getLeastSignificantBits()));
            journal.done(batch);
        }
        return numbers;
    }

    private static List<Long> numbers(int first, int end) {
        return IntStream.range(first, end).mapToObj(number -> (long) number).toList();
    }

    @Test
    void aRecordComesBackAsItWas() throws Exception {
        var entry = new JournalEntry(JournalRows.entry(3).row(), new byte[] {1, 2, 3});
        try (var journal = journal()) {
            journal.append(entry.bytes(), 0);
            assertThat(journal.take(9).entries()).containsExactly(entry);
        }
    }

    @Test
    void givesBackWhatItWasGivenInOrderOverManySegments() throws Exception {
        try (var journal = journal()) {
            for (int round = 0; round < 5; round++) { // files are used again
                add(journal, 400 * round, 400 * (round + 1));
                assertThat(journal.size()).isEqualTo(400);
                assertThat(drained(journal)).isEqualTo(numbers(400 * round, 400 * (round + 1)));
                assertThat(journal.size()).isZero();
            }
        }
    }

    @Test
    void aBatchThatWasNotTakenComesAgain() throws Exception {
        try (var journal = journal()) {
            add(journal, 0, 10);
            journal.again(journal.take(5));
            assertThat(drained(journal)).isEqualTo(numbers(0, 10));
        }
    }

    @Test
    void anotherProcessFindsWhatWasLeftAndGoesOn() throws Exception {
        try (var journal = journal()) {
            add(journal, 0, 300);
        }
        try (var journal = journal()) {
            assertThat(journal.size()).isEqualTo(300);
            add(journal, 300, 320);
            assertThat(drained(journal)).isEqualTo(numbers(0, 320));
        }
        try (var journal = journal()) {
            assertThat(journal.size()).isZero();
        }
    }

    /** What a killed writer leaves: the last record in part, at whatever byte. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void aTornRecordIsCutAndThoseBeforeItStay(long seed) throws Exception {
        try (var journal = journal()) {
            add(journal, 0, 20);
        }
        Path segment;
        try (var files = Files.list(folder)) {
            segment =
                    files.filter(it -> it.toString().endsWith(".journal"))
                            .findFirst()
                            .orElseThrow();
        }
        byte[] bytes = Files.readAllBytes(segment);
        int frame = JournalSegment.FRAME + JournalRows.entry(19).bytes().length;
        int end = bytes.length;
        while (bytes[end - 1] == 0) {
            end--;
        }
        int from = end - 1 - new Random(seed).nextInt(frame - 50);
        for (int i = from; i < end; i++) {
            bytes[i] = 0;
        }
        Files.write(segment, bytes);
        try (var journal = journal()) {
            assertThat(drained(journal)).isEqualTo(numbers(0, 19));
        }
    }

    @Test
    void whatConcurrentCallersBringIsAllThereOnce() throws Exception {
        try (var journal = journal();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int thread = 0; thread < 32; thread++) {
                int first = thread * 30;
                all.add(
                        threads.submit(() -> {
                            add(journal, first, first + 30);
                            return null;
                        }));
            }
            for (Future<?> each : all) {
                each.get();
            }
            assertThat(drained(journal)).containsExactlyInAnyOrderElementsOf(numbers(0, 960));
        }
    }

    @Test
    void whatWasLetInFindsRoomAndWhatWasNotIsRefused() throws Exception {
        try (var journal = journal()) {
            long room = journal.recordRoom();
            int letIn = 0;
            while (true) {
                try {
                    journal.reserve(room);
                } catch (AuditJournal.FullException e) {
                    break;
                }
                letIn++;
            }
            assertThat(letIn).isGreaterThan(10);
            assertThatThrownBy(() -> journal.append(new byte[10_000], 0))
                    .isInstanceOf(AuditJournal.FullException.class)
                    .hasMessageContaining("bytes of records wait");
            for (int call = 0; call < letIn; call++) {
                journal.append(JournalRows.entry(call).bytes(), room);
                journal.release(room);
            }
            assertThat(drained(journal)).isEqualTo(numbers(0, letIn));
            journal.reserve(room); // drained, so there is room again
        }
    }

    @Test
    void isForItsOwnerAloneAndForOneProcess() throws Exception {
        try (var journal = journal()) {
            add(journal, 0, 1);
            assertThatThrownBy(this::journal).hasMessageContaining("audit journal");
            try (var files = Files.list(folder)) {
                assertThat(files.filter(it -> it.toString().endsWith(".journal")))
                        .allSatisfy(it ->
                                assertThat(
                                                PosixFilePermissions.toString(
                                                        Files.getPosixFilePermissions(it)))
                                        .isEqualTo("rw-------"));
            }
        }
    }

    @Test
    void readsTheSpoolOfOlderVersionsOnce() throws Exception {
        var json = tools.jackson.databind.json.JsonMapper.shared();
        Files.writeString(
                folder.resolve("waiting.jsonl"),
                json.writeValueAsString(JournalRows.entry(2).row()) + "\n{\"id\":");
        Files.writeString(
                folder.resolve("leaving.jsonl"),
                json.writeValueAsString(JournalRows.entry(1).row()) + "\n");
        var found = new ArrayList<JournalEntry>();
        var spool = new OldSpool(folder);
        assertThat(spool.size()).isEqualTo(3);
        spool.drain(found::addAll);
        assertThat(found)
                .extracting(it -> it.row().id().getLeastSignificantBits())
                .containsExactly(1L, 2L);
        assertThat(spool.size()).isZero();
        assertThat(folder.resolve("waiting.jsonl")).doesNotExist();
    }
}
