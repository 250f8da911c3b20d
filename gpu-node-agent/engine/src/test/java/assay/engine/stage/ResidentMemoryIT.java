package assay.engine.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import assay.engine.weights.GgmlType;
import assay.engine.weights.RandomGguf;
import assay.engine.weights.WeightType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What placement counts for a stage is what its process grows by, of some hundred megabytes. */
class ResidentMemoryIT {
    private static final double SHARE = 0.03;
    private static final int TRIES = 3;

    @TempDir private static Path folder;

    @BeforeAll
    static void write() throws IOException {
        assumeTrue(Files.exists(Path.of("/proc/self/smaps_rollup")), "memory as Linux tells it");
        RandomGguf.write(folder.resolve("small.gguf"), shape(1_024), 1);
        RandomGguf.write(folder.resolve("large.gguf"), shape(24_576), 2);
    }

    @AfterAll
    static void delete() throws IOException {
        Files.deleteIfExists(folder.resolve("large.gguf"));
    }

    private static RandomGguf.Shape shape(int inner) {
        return new RandomGguf.Shape(GgmlType.F16, 4_096, 1_024, inner, 3, 8, 4, 512, false);
    }

    /** In bytes: weights alone, with cache, and what the process grew by. */
    private record Growth(long weights, long sum, long resident) {
        /** Cache that no token was written to is booked, but Linux has not given it yet. */
        boolean isAsBooked() {
            return resident >= Math.round(weights * (1 - SHARE))
                    && resident <= Math.round(sum * (1 + SHARE));
        }
    }

    private static Growth grown(WeightType type) throws IOException, InterruptedException {
        ProcessBuilder command =
                new ProcessBuilder(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--add-modules=jdk.incubator.vector",
                                "--enable-native-access=ALL-UNNAMED",
                                // Nothing but the stage grows: the heap is there from the start.
                                "-Xms64m",
                                "-Xmx64m",
                                "-XX:+UseSerialGC",
                                "-XX:+AlwaysPreTouch",
                                // No compiler holds memory of its own while it is measured.
                                "-Xbatch",
                                "-cp",
                                System.getProperty("java.class.path"),
                                ResidentStage.class.getName(),
                                folder.resolve("small.gguf").toString(),
                                folder.resolve("large.gguf").toString(),
                                type.name()));
        Path errors = folder.resolve(type.name() + ".err");
        command.redirectError(errors.toFile());
        // What the small model gave back would otherwise stay with the allocator, and the large
        // one would be laid into it without growing the process.
        command.environment().put("MALLOC_MMAP_THRESHOLD_", "65536");
        command.environment().put("MALLOC_TRIM_THRESHOLD_", "65536");
        command.environment().put("MALLOC_ARENA_MAX", "1");
        Process process = command.start();
        String out =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertThat(process.waitFor()).as(() -> read(errors)).isZero();
        String[] numbers = out.split(" ", -1);
        return new Growth(
                Long.parseLong(numbers[0]), Long.parseLong(numbers[1]), Long.parseLong(numbers[2]));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aStageGrowsItsProcessByTheSumOfItsBytes(WeightType type)
            throws IOException, InterruptedException {
        List<Growth> seen = new ArrayList<>();
        // Linux takes pages of files back when others need memory: one undisturbed load is enough.
        do {
            seen.add(grown(type));
        } while (!seen.getLast().isAsBooked() && seen.size() < TRIES);
        assertThat(seen.getLast()).as("%s", seen).matches(Growth::isAsBooked);
    }
}
