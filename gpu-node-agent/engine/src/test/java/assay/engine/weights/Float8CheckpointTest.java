package assay.engine.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.kernel.DType;
import assay.engine.kernel.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** F8_E4M3 weights and the scales that belong to them. */
class Float8CheckpointTest {
    private static final int ROWS = 130;
    private static final int WIDTH = 129;
    private static final byte ONE = 0x38;

    @TempDir private Path folder;

    private void write(String file, String header, ByteBuffer data) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES + json.length + data.capacity());
        bytes.order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).put(json).put(data.rewind());
        Files.write(folder.resolve(file), bytes.array());
    }

    private void weight(String file) throws IOException {
        ByteBuffer ones = ByteBuffer.allocate(ROWS * WIDTH);
        while (ones.hasRemaining()) {
            ones.put(ONE);
        }
        String header =
                "{\"w.weight\":{\"dtype\":\"F8_E4M3\",\"shape\":[%d,%d],\"data_offsets\":[0,%d]}}"
                        .formatted(ROWS, WIDTH, ROWS * WIDTH);
        write(file, header, ones);
    }

    private void scales(String file, String shape) throws IOException {
        ByteBuffer scales = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        scales.putFloat(1).putFloat(2).putFloat(3).putFloat(4);
        String header =
                "{\"w.weight_scale_inv\":{\"dtype\":\"F32\",\"shape\":%s,\"data_offsets\":[0,16]}}"
                        .formatted(shape);
        write(file, header, scales);
    }

    private void index(String weightFile, String scaleFile) throws IOException {
        Files.writeString(
                folder.resolve("model.safetensors.index.json"),
                "{\"weight_map\":{\"w.weight\":\"%s\",\"w.weight_scale_inv\":\"%s\"}}"
                        .formatted(weightFile, scaleFile));
    }

    @Test
    void scalesMayLieInAnotherShardAndCoverRaggedEdges() throws IOException {
        weight("a.safetensors");
        scales("b.safetensors", "[2,2]");
        index("a.safetensors", "b.safetensors");
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            Tensor tensor = checkpoint.tensor("w.weight").matrix(ROWS, WIDTH);
            assertThat(tensor.type()).isEqualTo(DType.F8_E4M3);
            assertThat(tensor.get(0, 0)).isEqualTo(1);
            assertThat(tensor.get(127, 128)).isEqualTo(2);
            assertThat(tensor.get(128, 0)).isEqualTo(3);
            assertThat(tensor.get(129, 128)).isEqualTo(4);
        }
    }

    @Test
    void aShardWithTheScalesThatIsNotHereIsNamed() throws IOException {
        weight("a.safetensors");
        index("a.safetensors", "b.safetensors");
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertThatThrownBy(() -> checkpoint.tensor("w.weight"))
                    .isInstanceOfSatisfying(
                            EngineException.class,
                            e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_UNREADABLE))
                    .hasMessage(
                            "b.safetensors: file is absent"
                                    + " (expected: it holds tensor w.weight_scale_inv)");
        }
    }

    @Test
    void wrongOrAbsentScalesAreNamed() throws IOException {
        weight("a.safetensors");
        scales("b.safetensors", "[4,1]");
        index("a.safetensors", "b.safetensors");
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertThatThrownBy(() -> checkpoint.tensor("w.weight").matrix(ROWS, WIDTH))
                    .hasMessage(
                            "b.safetensors: tensor w.weight_scale_inv has shape [4, 1]"
                                    + " (expected: [2, 2])");
        }
        try (Checkpoint checkpoint = Checkpoint.open(folder.resolve("a.safetensors"))) {
            assertThatThrownBy(() -> checkpoint.tensor("w.weight").matrix(ROWS, WIDTH))
                    .hasMessage(
                            "a.safetensors: tensor w.weight is F8_E4M3"
                                    + " (expected: w.weight_scale_inv beside it)");
        }
    }
}
