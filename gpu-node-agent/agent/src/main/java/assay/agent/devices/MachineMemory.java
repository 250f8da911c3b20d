package assay.agent.devices;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * Main memory as this process may use it: the machine's, or its control group's (version 2) where
 * that is less. Stateless.
 */
final class MachineMemory {
    private static final long PAGE_BYTES = 4_096;

    private final Path root;

    MachineMemory(Path root) {
        this.root = root;
    }

    long totalBytes() {
        long machine = meminfo("MemTotal").orElseGet(() -> Runtime.getRuntime().maxMemory());
        return Math.min(machine, groupLimitBytes());
    }

    /** What can be taken without swapping; the page cache of files counts as free. */
    long availableBytes() {
        long machine = meminfo("MemAvailable").orElseGet(() -> Runtime.getRuntime().maxMemory());
        long limit = groupLimitBytes();
        if (limit == Long.MAX_VALUE) {
            return machine;
        }
        long current = number("sys/fs/cgroup/memory.current").orElse(0);
        long cached = groupStat("inactive_file").orElse(0);
        return Math.min(machine, Math.max(0, limit - current + cached));
    }

    /** Resident bytes of this process. */
    long processBytes() {
        try {
            String[] pages = Files.readString(root.resolve("proc/self/statm")).split(" ", -1);
            return Long.parseLong(pages[1]) * PAGE_BYTES;
        } catch (IOException | NumberFormatException | ArrayIndexOutOfBoundsException e) {
            return Runtime.getRuntime().totalMemory();
        }
    }

    private long groupLimitBytes() {
        return number("sys/fs/cgroup/memory.max").orElse(Long.MAX_VALUE);
    }

    private OptionalLong meminfo(String key) {
        return line("proc/meminfo", key + ":", 1_024);
    }

    private OptionalLong groupStat(String key) {
        return line("sys/fs/cgroup/memory.stat", key, 1);
    }

    private OptionalLong line(String file, String key, long factor) {
        try {
            for (String line : Files.readAllLines(root.resolve(file))) {
                String[] words = line.split("\\s+", -1);
                if (words.length > 1 && words[0].equals(key)) {
                    return OptionalLong.of(Long.parseLong(words[1]) * factor);
                }
            }
        } catch (IOException | NumberFormatException e) {
            return OptionalLong.empty();
        }
        return OptionalLong.empty();
    }

    private OptionalLong number(String file) {
        try {
            return OptionalLong.of(Long.parseLong(Files.readString(root.resolve(file)).strip()));
        } catch (IOException | NumberFormatException e) {
            return OptionalLong.empty(); // no control group, or "max"
        }
    }
}
