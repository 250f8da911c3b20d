package assay.engine.command;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** Writes a safetensors file with the one tensor {@code logits}, (tokens, vocabulary) F32. */
final class LogitsFile {
    private static final int ALIGNMENT = 8;

    private LogitsFile() {}

    static void write(Path path, List<float[]> rows) throws IOException {
        int width = rows.getFirst().length;
        long bytes = (long) rows.size() * width * Float.BYTES;
        String json =
                "{\"logits\":{\"dtype\":\"F32\",\"shape\":[%d,%d],\"data_offsets\":[0,%d]}}"
                        .formatted(rows.size(), width, bytes);
        int padded = Math.ceilDiv(json.length(), ALIGNMENT) * ALIGNMENT;
        byte[] header =
                (json + " ".repeat(padded - json.length())).getBytes(StandardCharsets.UTF_8);
        try (FileChannel channel =
                FileChannel.open(
                        path,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE)) {
            ByteBuffer start = ByteBuffer.allocate(Long.BYTES + header.length);
            all(
                    channel,
                    start.order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).put(header).flip());
            ByteBuffer row =
                    ByteBuffer.allocate(width * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            for (float[] values : rows) {
                row.clear();
                row.asFloatBuffer().put(values);
                all(channel, row);
            }
        }
    }

    private static void all(FileChannel channel, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }
}
