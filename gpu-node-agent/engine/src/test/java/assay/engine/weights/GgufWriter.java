package assay.engine.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Writes GGUF version 3, for tests and benches: metadata, then tensors row by row from a source of
 * f32 rows, encoded as they are written. A model of any size needs a few megabytes of heap. Source:
 * {@code docs/gguf.md} of ggml-org/ggml.
 */
public final class GgufWriter {
    private static final int ALIGNMENT = 32;
    private static final int CHUNK_BYTES = 8 << 20;

    /** Fills one row of a tensor; called from several threads, each row once. */
    @FunctionalInterface
    public interface Rows {
        void fill(int row, float[] into);
    }

    private record Tensor(String name, GgmlType type, List<Integer> shape, Rows rows) {
        int width() {
            return shape.getLast();
        }

        int rowCount() {
            return shape.stream().limit(shape.size() - 1).reduce(1, Math::multiplyExact);
        }

        int rowBytes() {
            return width() / type.blockElements() * type.blockBytes();
        }

        long bytes() {
            return (long) rowCount() * rowBytes();
        }
    }

    private final Map<String, byte[]> metadata = new LinkedHashMap<>();
    private final List<Tensor> tensors = new ArrayList<>();

    /** A little-endian sink for what comes before the tensors. */
    private static final class Bytes {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Bytes i8(int value) {
            out.write(value);
            return this;
        }

        Bytes i32(int value) {
            return raw(little(Integer.BYTES).putInt(value).array());
        }

        Bytes i64(long value) {
            return raw(little(Long.BYTES).putLong(value).array());
        }

        Bytes f32(float value) {
            return i32(Float.floatToRawIntBits(value));
        }

        Bytes text(String value) {
            byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
            return i64(utf8.length).raw(utf8);
        }

        Bytes raw(byte[] bytes) {
            out.writeBytes(bytes);
            return this;
        }

        byte[] done() {
            return out.toByteArray();
        }

        private static ByteBuffer little(int bytes) {
            return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        }
    }

    public GgufWriter u32(String key, int value) {
        metadata.put(key, new Bytes().i32(4).i32(value).done());
        return this;
    }

    public GgufWriter f32(String key, float value) {
        metadata.put(key, new Bytes().i32(6).f32(value).done());
        return this;
    }

    public GgufWriter flag(String key, boolean value) {
        metadata.put(key, new Bytes().i32(7).i8(value ? 1 : 0).done());
        return this;
    }

    public GgufWriter text(String key, String value) {
        metadata.put(key, new Bytes().i32(8).text(value).done());
        return this;
    }

    public GgufWriter ints(String key, int... values) {
        Bytes bytes = new Bytes().i32(9).i32(5).i64(values.length);
        for (int value : values) {
            bytes.i32(value);
        }
        metadata.put(key, bytes.done());
        return this;
    }

    public GgufWriter floats(String key, float... values) {
        Bytes bytes = new Bytes().i32(9).i32(6).i64(values.length);
        for (float value : values) {
            bytes.f32(value);
        }
        metadata.put(key, bytes.done());
        return this;
    }

    public GgufWriter texts(String key, List<String> values) {
        Bytes bytes = new Bytes().i32(9).i32(8).i64(values.size());
        values.forEach(bytes::text);
        metadata.put(key, bytes.done());
        return this;
    }

    /** Leaves out what was set before. */
    public GgufWriter without(String key) {
        metadata.remove(key);
        return this;
    }

    /** Any value, as the bytes after its key: type number and payload. */
    public GgufWriter raw(String key, byte[] typeAndValue) {
        metadata.put(key, typeAndValue.clone());
        return this;
    }

    /**
     * Adds a tensor.
     *
     * @param shape outermost first, as everywhere in the engine; the file has it reversed
     */
    public GgufWriter tensor(String name, GgmlType type, Rows rows, int... shape) {
        Tensor tensor = new Tensor(name, type, Arrays.stream(shape).boxed().toList(), rows);
        if (tensor.width() % type.blockElements() != 0) {
            throw new IllegalArgumentException(
                    "%s: width %d (expected: a multiple of %d for %s)"
                            .formatted(name, tensor.width(), type.blockElements(), type));
        }
        tensors.add(tensor);
        return this;
    }

    /** Writes the file, replacing one that is there. */
    public void write(Path path) throws IOException {
        try (FileChannel channel =
                FileChannel.open(
                        path,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE)) {
            writeFully(channel, ByteBuffer.wrap(header()));
            for (Tensor tensor : tensors) {
                writeTensor(channel, tensor);
            }
        }
    }

    private byte[] header() {
        Bytes bytes = new Bytes().raw("GGUF".getBytes(StandardCharsets.US_ASCII)).i32(3);
        bytes.i64(tensors.size()).i64(metadata.size());
        metadata.forEach((key, value) -> bytes.text(key).raw(value));
        long offset = 0;
        for (Tensor tensor : tensors) {
            bytes.text(tensor.name()).i32(tensor.shape().size());
            tensor.shape().reversed().forEach(bytes::i64);
            bytes.i32(tensor.type().id()).i64(offset);
            offset += tensor.bytes() + padding(tensor.bytes());
        }
        return bytes.raw(new byte[padding(bytes.done().length)]).done();
    }

    private static int padding(long bytes) {
        return Math.toIntExact(Math.floorMod(-bytes, (long) ALIGNMENT));
    }

    private static void writeTensor(FileChannel channel, Tensor tensor) throws IOException {
        int rowBytes = tensor.rowBytes();
        int rowsAtOnce = Math.max(1, Math.min(tensor.rowCount(), CHUNK_BYTES / rowBytes));
        for (int first = 0; first < tensor.rowCount(); first += rowsAtOnce) {
            int begin = first;
            int count = Math.min(rowsAtOnce, tensor.rowCount() - first);
            byte[] chunk = new byte[count * rowBytes];
            IntStream.range(0, count)
                    .parallel()
                    .forEach(i -> {
                        float[] row = new float[tensor.width()];
                        tensor.rows().fill(begin + i, row);
                        GgmlEncoder.encode(tensor.type(), row, chunk, i * rowBytes);
                    });
            writeFully(channel, ByteBuffer.wrap(chunk));
        }
        writeFully(channel, ByteBuffer.allocate(padding(tensor.bytes())));
    }

    private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
