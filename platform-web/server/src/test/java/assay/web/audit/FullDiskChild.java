package assay.web.audit;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.UUID;

/** A process that answers calls until its disk is full, and then says what it finds recorded. */
final class FullDiskChild {
    private FullDiskChild() {}

    /** The folder, on a small disk. */
    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        var settings = new JournalSettings(131_072, Duration.ofMillis(10));
        var answered = new HashSet<UUID>();
        String why = "";
        try (var journal = new AuditJournal(folder, 1L << 30, settings)) {
            long room = journal.recordRoom();
            while (why.isEmpty()) {
                try {
                    journal.reserve(room);
                    UUID id = UUID.randomUUID();
                    journal.append(JournalRows.entry(id, new UUID(7, 7)).bytes(), room);
                    answered.add(id);
                    journal.release(room);
                } catch (AuditJournal.FullException e) {
                    why = String.valueOf(e.getMessage());
                }
            }
        }
        var found = new HashSet<UUID>();
        try (var journal = new AuditJournal(folder, 1L << 30, settings)) {
            for (var batch = journal.take(100);
                    !batch.entries().isEmpty();
                    batch = journal.take(100)) {
                batch.entries().forEach(each -> found.add(each.row().id()));
                journal.done(batch);
            }
        }
        System.out.println(why + "|" + answered.size() + "|" + found.equals(answered));
    }
}
