package assay.web.audit;

import assay.audit.AuditRow;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Records that versions before the journal left on disk, a line of JSON each in {@code
 * leaving.jsonl} and {@code waiting.jsonl}. Read until they are in the database, never written.
 * Confined to the drain's thread, its size apart.
 */
final class OldSpool {
    private static final Logger LOG = LoggerFactory.getLogger(OldSpool.class);
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int BATCH = 500;

    private final List<Path> files;
    private final AtomicLong records = new AtomicLong();

    OldSpool(Path folder) throws IOException {
        var found = new ArrayList<Path>();
        for (String name : List.of("leaving.jsonl", "waiting.jsonl")) {
            Path file = folder.resolve(name);
            if (Files.exists(file)) {
                found.add(file);
                try (var lines = Files.lines(file)) {
                    records.addAndGet(lines.count());
                }
            }
        }
        this.files = found;
    }

    /** Records that are not known to be in the database. */
    long size() {
        return records.get();
    }

    /**
     * Hands everything over and takes the files away; does nothing from then on.
     *
     * @param write takes a batch for good, or throws and will get it again
     */
    void drain(Consumer<List<JournalEntry>> write) throws IOException {
        while (!files.isEmpty()) {
            Path file = files.getFirst();
            var batch = new ArrayList<JournalEntry>();
            try (BufferedReader lines = Files.newBufferedReader(file)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    read(line, batch);
                    if (batch.size() == BATCH) {
                        write.accept(List.copyOf(batch));
                        batch.clear();
                    }
                }
            }
            if (!batch.isEmpty()) {
                write.accept(batch);
            }
            Files.delete(file);
            files.removeFirst();
            LOG.info("the audit records of {} are in the database", file.getFileName());
        }
        records.set(0);
    }

    /** The last line may be a piece, when the machine went down: nobody counts on it. */
    private static void read(String line, List<JournalEntry> to) {
        try {
            to.add(new JournalEntry(JSON.readValue(line, AuditRow.class), null));
        } catch (JacksonException e) {
            LOG.error("a piece of an audit record of {} characters is lost", line.length(), e);
        }
    }
}
