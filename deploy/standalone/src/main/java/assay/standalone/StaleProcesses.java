package assay.standalone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The processes of a launcher that was killed. They end by themselves soon, because their standard
 * input closed; the next start waits for that, and ends those which do not.
 */
final class StaleProcesses {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Path list;

    StaleProcesses(Path runFolder) {
        this.list = runFolder.resolve("processes");
    }

    /**
     * Remembers the processes of now. A process id alone may be another's later, hence the time.
     */
    void remember(Collection<ChildProcess> children) throws IOException {
        var lines = new StringBuilder();
        for (ChildProcess child : children) {
            lines.append(child.pid()).append(' ').append(startMillis(child.handle())).append('\n');
        }
        DataFolder.writePrivate(list, lines.toString());
    }

    /** Ends what is left. Returns how many processes there were. */
    int clear() throws IOException, InterruptedException {
        List<ProcessHandle> left = new ArrayList<>();
        if (Files.exists(list)) {
            for (String line : Files.readAllLines(list)) {
                find(line).ifPresent(left::add);
            }
        }
        for (ProcessHandle process : left) {
            process.destroy();
        }
        for (ProcessHandle process : left) {
            if (!endsWithin(process, PATIENCE)) {
                process.destroyForcibly();
                endsWithin(process, PATIENCE);
            }
        }
        Files.deleteIfExists(list);
        return left.size();
    }

    private static Optional<ProcessHandle> find(String line) {
        String[] fields = line.split(" ", -1);
        if (fields.length != 2) {
            return Optional.empty();
        }
        return ProcessHandle.of(Long.parseLong(fields[0]))
                .filter(ProcessHandle::isAlive)
                .filter(process -> startMillis(process) == Long.parseLong(fields[1]));
    }

    private static long startMillis(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }

    static boolean endsWithin(ProcessHandle process, Duration patience)
            throws InterruptedException {
        try {
            process.onExit().get(patience.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException _) {
            return false;
        } catch (java.util.concurrent.ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }
}
