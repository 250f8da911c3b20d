package assay.agent.devices;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How busy the machine's processors were between two looks at /proc/stat. Confined to the control
 * loop.
 */
final class ProcessorTime {
    private final Path root;
    private long busyBefore;
    private long totalBefore;

    ProcessorTime(Path root) {
        this.root = root;
        busyRatio();
    }

    /** 0..1 since the last call; 0 where the machine does not tell. */
    double busyRatio() {
        long total = 0;
        long idle = 0;
        try {
            String first =
                    Files.readString(root.resolve("proc/stat")).lines().findFirst().orElse("");
            String[] words = first.split("\\s+", -1);
            for (int i = 1;
                    i < Math.min(words.length, 9);
                    i++) { // later fields are counted in these
                long ticks = Long.parseLong(words[i]);
                total += ticks;
                idle += i == 4 || i == 5 ? ticks : 0; // idle, iowait
            }
        } catch (IOException | NumberFormatException e) {
            return 0;
        }
        long busy = total - idle;
        long spent = total - totalBefore;
        double ratio = spent > 0 ? (double) (busy - busyBefore) / spent : 0;
        busyBefore = busy;
        totalBefore = total;
        return Math.clamp(ratio, 0.0, 1.0);
    }
}
