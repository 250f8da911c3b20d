package assay.engine.kernel.cpu.x86;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What this machine's processor can do, as Linux tells. */
final class Processor {
    private static final Path PROCESSORS = Path.of("/proc/cpuinfo");
    private static final Set<String> FLAGS = flags();

    private Processor() {}

    static boolean has(Collection<String> flags) {
        return FLAGS.containsAll(flags);
    }

    /** None unless this is an x86-64 Linux. */
    private static Set<String> flags() {
        if (!System.getProperty("os.arch").equals("amd64") || !Files.isReadable(PROCESSORS)) {
            return Set.of();
        }
        try (var lines = Files.lines(PROCESSORS)) {
            return lines.filter(line -> line.startsWith("flags"))
                    .findFirst()
                    .map(line -> Set.copyOf(new HashSet<>(List.of(line.split("\\s+")))))
                    .orElse(Set.of());
        } catch (IOException e) {
            return Set.of();
        }
    }
}
