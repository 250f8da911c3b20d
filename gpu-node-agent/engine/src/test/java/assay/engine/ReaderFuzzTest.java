package assay.engine;

import static org.assertj.core.api.Assertions.assertThat;

import assay.engine.model.ModelSpec;
import assay.engine.tokenizer.jinja.Template;
import assay.engine.weights.Checkpoint;
import assay.engine.weights.FuzzCorpus;
import assay.engine.weights.GgufTokenizer;
import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Damaged files against every reader: whatever is in them, a reader gives a model or an {@link
 * EngineException}, soon, and without taking much memory. Inputs are made by seeded mutation of
 * valid files, so that a failure repeats: the message has the seed, the round and the input. How
 * long is the property {@code assay.fuzz.seconds}, for each reader.
 */
class ReaderFuzzTest {
    private static final long SECONDS = Long.getLong("assay.fuzz.seconds", 2);
    private static final long SEED = Long.getLong("assay.fuzz.seed", 1);
    private static final int INPUT_SECONDS_MAX = 30;
    private static final int ALLOCATION_FACTOR = 4;

    /**
     * What any input may take, however small: buffers of the JSON parser, messages with stack
     * traces, classes that are used for the first time.
     */
    private static final long ALLOCATION_FLOOR_BYTES = 2 << 20;

    /** A template is no file of weights: its size is capped, and so is what rendering makes. */
    private static final long TEMPLATE_FLOOR_BYTES = 256L << 20;

    enum Reader {
        SAFETENSORS("model.safetensors"),
        PYTORCH("pytorch_model.bin"),
        GGUF("model.gguf"),
        CONFIG("config.json"),
        SHARD_INDEX("model.safetensors.index.json"),
        TEMPLATE("chat_template.jinja");

        private final String file;

        Reader(String file) {
            this.file = file;
        }

        List<byte[]> corpus() throws IOException {
            return switch (this) {
                case SAFETENSORS -> FuzzCorpus.safetensors();
                case PYTORCH -> FuzzCorpus.pytorch();
                case GGUF -> FuzzCorpus.gguf();
                case CONFIG -> FuzzCorpus.configs();
                case SHARD_INDEX -> FuzzCorpus.indexes();
                case TEMPLATE -> FuzzCorpus.templates();
            };
        }

        void read(Path path) throws IOException {
            switch (this) {
                case SAFETENSORS, PYTORCH -> look(path);
                case SHARD_INDEX -> look(path.resolveSibling(""));
                case GGUF -> {
                    try (Checkpoint checkpoint = look(path, false)) {
                        checkpoint.spec();
                        if (GgufTokenizer.isIn(checkpoint.gguf().orElseThrow())) {
                            new GgufTokenizer(checkpoint.gguf().orElseThrow()).tokenizerJson();
                        }
                    }
                }
                case CONFIG -> ModelSpec.read(path.resolveSibling(""));
                case TEMPLATE -> {
                    byte[] bytes = Files.readAllBytes(path);
                    Template.parse(new String(bytes, StandardCharsets.ISO_8859_1))
                            .render(
                                    Map.of(
                                            "messages",
                                            List.of(Map.of("role", "user", "content", "a b"))),
                                    InstantSource.system());
                }
            }
        }

        private static void look(Path path) {
            look(path, true).close();
        }

        /** Every tensor of the file is looked at, to its last byte. */
        private static Checkpoint look(Path path, boolean all) {
            Checkpoint checkpoint = Checkpoint.open(path);
            try {
                for (String name : all ? checkpoint.names() : List.<String>of()) {
                    var data = checkpoint.tensor(name).data();
                    if (data.byteSize() > 0) {
                        data.get(java.lang.foreign.ValueLayout.JAVA_BYTE, data.byteSize() - 1);
                    }
                }
                return checkpoint;
            } catch (RuntimeException e) {
                checkpoint.close();
                throw e;
            }
        }
    }

    /** What is being read, for the watchdog. */
    @SuppressWarnings("ArrayRecordComponent") // shown, never compared
    private record Attempt(int round, byte[] input, long startNanos) {
        String described() {
            return "seed %d round %d: %s".formatted(SEED, round, HexFormat.of().formatHex(input));
        }
    }

    @TempDir private Path folder;

    private final AtomicReference<Attempt> current = new AtomicReference<>();

    @ParameterizedTest
    @EnumSource
    void noInputBreaksAReader(Reader reader) throws Exception {
        FutureTask<Integer> task = new FutureTask<>(() -> attack(reader));
        Thread thread = Thread.ofPlatform().daemon().name("fuzz " + reader).start(task);
        while (true) {
            try {
                assertThat(task.get(1, TimeUnit.SECONDS)).as("inputs").isPositive();
                return;
            } catch (TimeoutException e) {
                Attempt attempt = current.get();
                long seconds =
                        attempt == null
                                ? 0
                                : TimeUnit.NANOSECONDS.toSeconds(
                                        System.nanoTime() - attempt.startNanos());
                assertThat(seconds)
                        .as("%s hangs in %s", reader, List.of(thread.getStackTrace()))
                        .isLessThan(INPUT_SECONDS_MAX);
            } catch (ExecutionException e) {
                throw new AssertionError(String.valueOf(current.get().described()), e.getCause());
            }
        }
    }

    private int attack(Reader reader) throws IOException {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        List<byte[]> corpus = reader.corpus();
        Path path = folder.resolve(reader.file);
        Random random = new Random(SEED);
        long floor = reader == Reader.TEMPLATE ? TEMPLATE_FLOOR_BYTES : ALLOCATION_FLOOR_BYTES;
        warmUp(reader, corpus, path);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        int round = 0;
        while (System.nanoTime() < end) {
            byte[] input = FuzzCorpus.mutated(corpus, random);
            Files.write(path, input);
            current.set(new Attempt(round++, input, System.nanoTime()));
            long before = threads.getCurrentThreadAllocatedBytes();
            attempt(reader, path);
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertThat(allocated)
                    .as("allocated for %d bytes", input.length)
                    .isLessThan(ALLOCATION_FACTOR * (long) input.length + floor);
        }
        return round;
    }

    /** Whatever is valid must be read, else the mutations attack nothing. */
    private static void warmUp(Reader reader, List<byte[]> corpus, Path path) throws IOException {
        for (byte[] valid : corpus) {
            Files.write(path, valid);
            reader.read(path);
        }
    }

    private static void attempt(Reader reader, Path path) {
        try {
            reader.read(path);
        } catch (EngineException refused) {
            assertThat(refused.getMessage()).isNotBlank();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aMutationRepeatsWithItsSeed() throws IOException {
        List<byte[]> corpus = FuzzCorpus.gguf();
        assertThat(FuzzCorpus.mutated(corpus, new Random(3)))
                .isEqualTo(FuzzCorpus.mutated(corpus, new Random(3)));
    }
}
