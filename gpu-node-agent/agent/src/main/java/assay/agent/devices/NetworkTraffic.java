package assay.agent.devices;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What came and went over all interfaces but the loopback since this object was made. Source: the
 * columns of {@code /proc/net/dev}, proc_net(5). Thread-safe.
 */
public final class NetworkTraffic {
    private static final int SENT_COLUMN = 8;
    private static final String LOOPBACK = "lo";

    private final Path file;
    private final Optional<Bytes> start;

    /**
     * Totals.
     *
     * @param received bytes
     * @param sent bytes
     */
    public record Bytes(long received, long sent) {}

    /**
     * Counts from now on.
     *
     * @param root of the file system, "/" but for tests
     */
    public NetworkTraffic(Path root) {
        file = root.resolve("proc/net/dev");
        start = read();
    }

    /** Empty where the machine does not tell. */
    public Optional<Bytes> sinceStart() {
        return start.flatMap(from ->
                read().map(now ->
                                new Bytes(
                                        Math.max(0, now.received() - from.received()),
                                        Math.max(0, now.sent() - from.sent()))));
    }

    private Optional<Bytes> read() {
        long received = 0;
        long sent = 0;
        try {
            List<String> lines = Files.readAllLines(file);
            for (String line : lines.subList(Math.min(2, lines.size()), lines.size())) {
                int colon = line.indexOf(':');
                if (colon > 0 && !line.substring(0, colon).strip().equals(LOOPBACK)) {
                    String[] columns = line.substring(colon + 1).strip().split("\\s+", -1);
                    received += Long.parseLong(columns[0]);
                    sent += Long.parseLong(columns[SENT_COLUMN]);
                }
            }
            return Optional.of(new Bytes(received, sent));
        } catch (IOException | NumberFormatException | ArrayIndexOutOfBoundsException e) {
            return Optional.empty();
        }
    }
}
