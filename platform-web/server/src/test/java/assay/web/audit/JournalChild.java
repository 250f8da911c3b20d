package assay.web.audit;

import java.io.BufferedWriter;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** A process that answers calls, a line each with the record's id, until it is killed. */
final class JournalChild {
    /** How a line begins that is an answer; others are the log's. */
    static final String ANSWERED = "answered ";

    private static final int THREADS = 16;

    private JournalChild() {}

    /** URL, role, password and folder. */
    public static void main(String[] arguments) throws Exception {
        var answers =
                new BufferedWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8));
        try (var rig =
                        new JournalRig(
                                arguments[0],
                                arguments[1],
                                arguments[2],
                                Path.of(arguments[3]),
                                1L << 30,
                                Duration.ofMillis(10));
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var tenant = new UUID(7, 7);
            for (int i = 0; i < THREADS; i++) {
                Future<?> _ =
                        threads.submit(() -> {
                            try {
                                while (true) {
                                    UUID id = UUID.randomUUID();
                                    rig.call(JournalRows.entry(id, tenant));
                                    synchronized (answers) { // told only now: the record is kept
                                        answers.write(ANSWERED + id + "\n");
                                        answers.flush();
                                    }
                                }
                            } catch (Exception e) {
                                System.err.println("a call was refused: " + e);
                                throw e;
                            }
                        });
            }
        }
    }
}
