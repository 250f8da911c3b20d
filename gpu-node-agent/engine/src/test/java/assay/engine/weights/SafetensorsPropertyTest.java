package assay.engine.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsPropertyTest {
    private static final String GOOD =
            """
            {"__metadata__":{"format":"pt"},
             "a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},
             "b":{"dtype":"BF16","shape":[5],"data_offsets":[24,34]},
             "c":{"dtype":"I64","shape":[],"data_offsets":[34,42]},
             "d":{"dtype":"F16","shape":[0,7],"data_offsets":[42,42]}}\
            """;
    private static final int DATA_BYTES = 42;
    private static final String MARKS = "0129[]{},:\"";

    @TempDir private Path folder;

    private static byte[] file(String header, int dataBytes) {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(Long.BYTES + json.length + dataBytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json)
                .array();
    }

    private Checkpoint open(byte[] bytes) {
        try {
            Path path = Files.createTempFile(folder, "model", ".safetensors");
            Files.write(path, bytes);
            return Checkpoint.openFile(path);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void refuses(String header, String message) {
        assertThatThrownBy(() -> open(file(header, DATA_BYTES)))
                .isInstanceOfSatisfying(
                        EngineException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_INVALID))
                .hasMessageContaining(message);
    }

    @Test
    void readsEveryShapeAndPlace() {
        try (Checkpoint checkpoint = open(file(GOOD + "  ", DATA_BYTES))) {
            assertThat(checkpoint.names()).containsExactlyInAnyOrder("a", "b", "c", "d");
            assertThat(checkpoint.tensor("a").matrix(2, 3).data().byteSize()).isEqualTo(24);
            assertThat(checkpoint.tensor("b").matrix(5).width()).isEqualTo(5);
            assertThatThrownBy(() -> checkpoint.tensor("a").matrix(3, 2))
                    .hasMessageContaining("a has shape [2, 3] (expected: [3, 2])");
            assertThatThrownBy(() -> checkpoint.tensor("c").matrix(1)).hasMessageContaining("c");
            assertThatThrownBy(() -> checkpoint.tensor("e")).hasMessageContaining("e: absent");
        }
    }

    @Test
    void namesWhatIsWrong() {
        refuses(GOOD.replace("[24,34]", "[26,36]"), "b begins at 26 (expected: 24");
        refuses(GOOD.replace("[0,24]", "[0,23]"), "a: bytes 0..23 (expected: 24 bytes");
        refuses(GOOD.replace("\"I64\"", "\"I65\""), "c: unknown dtype \"I65\"");
        refuses(GOOD.replace("[2,3]", "[2,-3]"), "a: shape holds -3");
        refuses(GOOD.replace("[2,3]", "[4294967296,4294967296]"), "overflows");
        refuses(GOOD.replace("\"b\"", "\"a\""), "Duplicate");
        refuses(GOOD.replace("[34,42]", "[34]"), "c: data_offsets");
        refuses(GOOD + "]", "header is no JSON");
        refuses(" " + GOOD, "header begins with byte 32");
    }

    @Test
    void refusesAHeaderThatClaimsMoreThanTheFileHas() {
        for (long claimed : new long[] {-1, 0, 1, 1_000, Long.MAX_VALUE, 100_000_001}) {
            byte[] bytes = file(GOOD, DATA_BYTES);
            ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, claimed);
            assertThatThrownBy(() -> open(bytes)).isInstanceOf(EngineException.class);
        }
        for (int size = 0; size < file(GOOD, DATA_BYTES).length; size++) {
            byte[] cut = Arrays.copyOf(file(GOOD, DATA_BYTES), size);
            assertThatThrownBy(() -> open(cut)).isInstanceOf(EngineException.class);
        }
        byte[] longer = Arrays.copyOf(file(GOOD, DATA_BYTES), 2_000);
        assertThatThrownBy(() -> open(longer)).hasMessageContaining("the end of the file");
    }

    /**
     * A damaged file is read rightly or refused with our exception: nothing else, and no view
     * outside.
     */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void survivesAnyDamage(long seed) {
        Random random = new Random(seed);
        byte[] good = file(GOOD, DATA_BYTES);
        for (int round = 0; round < 400; round++) {
            byte[] bytes = good.clone();
            int hits = 1 + random.nextInt(4);
            for (int i = 0; i < hits; i++) {
                int at = random.nextInt(bytes.length);
                bytes[at] =
                        (byte)
                                (random.nextBoolean()
                                        ? random.nextInt(256)
                                        : MARKS.charAt(random.nextInt(MARKS.length())));
            }
            try (Checkpoint checkpoint = open(bytes)) {
                long sum = 0;
                for (String name : checkpoint.names()) {
                    sum += checkpoint.tensor(name).data().byteSize();
                }
                assertThat(sum).as("seed %d round %d", seed, round).isLessThan(bytes.length);
            } catch (EngineException e) {
                assertThat(e.code()).isEqualTo(ErrorCode.MODEL_INVALID);
            }
        }
    }

    @Test
    void shardsAreHeldToTheirIndex() throws IOException {
        Files.write(folder.resolve("one.safetensors"), file(GOOD, DATA_BYTES));
        Path index = folder.resolve("model.safetensors.index.json");
        String map =
                """
                {"weight_map":{"a":"one.safetensors","b":"one.safetensors","c":"one.safetensors",
                 "d":"one.safetensors","far":"two.safetensors"}}\
                """;
        Files.writeString(index, map);
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertThat(checkpoint.has("far")).isTrue();
            assertThatThrownBy(() -> checkpoint.tensor("far"))
                    .hasMessageContaining("two.safetensors: file is absent");
        }
        Files.writeString(index, map.replace("\"d\"", "\"e\""));
        assertThatThrownBy(() -> Checkpoint.open(folder)).isInstanceOf(EngineException.class);
        Files.writeString(index, map.replace("two.safetensors", "../two.safetensors"));
        assertThatThrownBy(() -> Checkpoint.open(folder))
                .hasMessageContaining("expected: a file beside it");
    }
}
