package assay.engine.plain;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The weights of a folder of safetensors files. */
final class StoredWeights implements Weights {
    private record Entry(Stored type, int rows, int width, ByteBuffer data) {}

    private final Map<String, Entry> entries = new HashMap<>();
    private final Map<String, double[][]> values = new HashMap<>();

    StoredWeights(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                if (name.startsWith("model") && name.endsWith(".safetensors")) {
                    read(file);
                }
            }
        }
    }

    private void read(Path path) throws IOException {
        ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
        int headerBytes = (int) file.getLong(0);
        byte[] header = new byte[headerBytes];
        file.get(8, header);
        JsonNode root = new JsonMapper().readTree(header);
        for (Map.Entry<String, JsonNode> field : root.properties()) {
            if (!field.getKey().equals("__metadata__")) {
                JsonNode entry = field.getValue();
                JsonNode shape = entry.path("shape");
                int begin = entry.path("data_offsets").get(0).asInt();
                int end = entry.path("data_offsets").get(1).asInt();
                entries.put(
                        field.getKey(),
                        new Entry(
                                Stored.valueOf(entry.path("dtype").asString()),
                                shape.size() == 1 ? 1 : shape.get(0).asInt(),
                                shape.get(shape.size() - 1).asInt(),
                                file.slice(8 + headerBytes + begin, end - begin)
                                        .order(ByteOrder.LITTLE_ENDIAN)));
            }
        }
    }

    @Override
    public double[][] matrix(String name, int rows, int width) {
        double[][] matrix = values.computeIfAbsent(name, this::decode);
        if (matrix.length != rows || matrix[0].length != width) {
            throw new UncheckedIOException(new IOException(name + ": not " + rows + " x " + width));
        }
        return matrix;
    }

    private double[][] decode(String name) {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw new UncheckedIOException(new IOException(name + ": absent"));
        }
        double[][] scales =
                entry.type() == Stored.F8_E4M3 ? decode(name + "_scale_inv") : new double[0][];
        double[][] matrix = new double[entry.rows()][entry.width()];
        for (int i = 0; i < entry.rows(); i++) {
            for (int j = 0; j < entry.width(); j++) {
                double value = entry.type().read(entry.data(), i * entry.width() + j);
                matrix[i][j] = scales.length == 0 ? value : value * scales[i / 128][j / 128];
            }
        }
        return matrix;
    }
}
