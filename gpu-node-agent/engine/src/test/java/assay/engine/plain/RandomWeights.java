package assay.engine.plain;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import tools.jackson.databind.json.JsonMapper;

/**
 * Weights that are drawn when they are first asked for, so that a network that runs on them decides
 * what its files hold; {@link #write} stores what was drawn.
 */
final class RandomWeights implements Weights {
    private record Entry(Stored type, List<Integer> shape, ByteBuffer data) {}

    private final long seed;
    private final Stored type;
    private final Map<String, double[][]> values = new HashMap<>();
    private final Map<String, Entry> entries = new TreeMap<>();

    /**
     * @param type of the matrices; vectors, the embedding and what is kept out of fp8 files are
     *     BF16 where it is F8_E4M3
     */
    RandomWeights(long seed, Stored type) {
        this.seed = seed;
        this.type = type;
    }

    @Override
    public double[] vector(String name, int width) {
        return values.computeIfAbsent(name, key -> drawVector(key, width))[0];
    }

    @Override
    public double[][] matrix(String name, int rows, int width) {
        return values.computeIfAbsent(name, key -> draw(key, rows, width));
    }

    private Random random(String name) {
        return new Random(seed * 31 + name.hashCode());
    }

    private double[][] drawVector(String name, int width) {
        Random random = random(name);
        double centre = name.endsWith("norm.weight") ? 1 : 0;
        Stored stored = name.endsWith("correction_bias") ? Stored.F32 : plainType();
        ByteBuffer data = Stored.buffer(width, stored);
        double[] values = new double[width];
        for (int i = 0; i < width; i++) {
            stored.write(data, i, centre + 0.3 * random.nextGaussian());
            values[i] = stored.read(data, i);
        }
        entries.put(name, new Entry(stored, List.of(width), data));
        return new double[][] {values};
    }

    private Stored plainType() {
        return type == Stored.F8_E4M3 ? Stored.BF16 : type;
    }

    private double[][] draw(String name, int rows, int width) {
        boolean kept =
                name.startsWith("lm_head")
                        || name.contains("embed")
                        || name.endsWith("gate.weight");
        if (type == Stored.F8_E4M3 && !kept) {
            return drawFloat8(name, rows, width);
        }
        Random random = random(name);
        Stored stored = plainType();
        ByteBuffer data = Stored.buffer((long) rows * width, stored);
        double[][] matrix = new double[rows][width];
        double size = name.contains("embed") ? 1 : 1.5 / Math.sqrt(width);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < width; j++) {
                stored.write(data, i * width + j, size * random.nextGaussian());
                matrix[i][j] = stored.read(data, i * width + j);
            }
        }
        entries.put(name, new Entry(stored, List.of(rows, width), data));
        return matrix;
    }

    private double[][] drawFloat8(String name, int rows, int width) {
        Random random = random(name);
        int scaleRows = Math.ceilDiv(rows, 128);
        int scaleWidth = Math.ceilDiv(width, 128);
        ByteBuffer scaleData = Stored.buffer((long) scaleRows * scaleWidth, Stored.F32);
        for (int i = 0; i < scaleRows * scaleWidth; i++) {
            double size = (0.5 + random.nextDouble()) / 16 / Math.sqrt(width);
            Stored.F32.write(scaleData, i, size);
        }
        ByteBuffer data = Stored.buffer((long) rows * width, Stored.F8_E4M3);
        double[][] matrix = new double[rows][width];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < width; j++) {
                int bits = random.nextInt(13 * 8) | random.nextInt(2) << 7;
                data.put(i * width + j, (byte) bits);
                double scale = Stored.F32.read(scaleData, i / 128 * scaleWidth + j / 128);
                matrix[i][j] = Stored.float8(bits) * scale;
            }
        }
        entries.put(name, new Entry(Stored.F8_E4M3, List.of(rows, width), data));
        entries.put(
                name + "_scale_inv",
                new Entry(Stored.F32, List.of(scaleRows, scaleWidth), scaleData));
        return matrix;
    }

    /** Stores everything that was drawn so far in one safetensors file. */
    void write(Path file) throws IOException {
        Map<String, Object> header = new TreeMap<>();
        long end = 0;
        for (Map.Entry<String, Entry> named : entries.entrySet()) {
            Entry entry = named.getValue();
            long begin = end;
            end += entry.data().capacity();
            header.put(
                    named.getKey(),
                    Map.of(
                            "dtype",
                            entry.type().name(),
                            "shape",
                            entry.shape(),
                            "data_offsets",
                            List.of(begin, end)));
        }
        byte[] json = new JsonMapper().writeValueAsString(header).getBytes(StandardCharsets.UTF_8);
        try (OutputStream out = Files.newOutputStream(file)) {
            ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
            out.write(length.putLong(json.length).array());
            out.write(json);
            for (Entry entry : entries.values()) {
                out.write(entry.data().array());
            }
        }
    }
}
