package assay.engine.stage;

import assay.engine.kernel.Backend;
import assay.engine.kernel.Backends;
import assay.engine.model.LayerRange;
import assay.engine.model.ModelSpec;
import assay.engine.weights.Checkpoint;
import assay.engine.weights.ModelLayout;
import assay.engine.weights.WeightType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A process of its own that loads all layers of a model but the last and tells by how much its
 * resident memory has grown. Before that it loads a small model and gives it up, so that what the
 * machine needs for loading anything is there already.
 */
final class ResidentStage {
    private static final Pattern RESIDENT =
            Pattern.compile("^Rss:\\s+(\\d+) kB", Pattern.MULTILINE);
    private static final int KV_TOKENS = 256;
    private static final long KIB = 1_024;

    private ResidentStage() {}

    /** Arguments: the small model, the model, how weights are kept. */
    public static void main(String[] args) throws IOException {
        WeightType type = WeightType.valueOf(args[2]);
        grownBytes(Path.of(args[0]), type);
        System.out.println(grownBytes(Path.of(args[1]), type));
    }

    private record Growth(long weightBytes, long sumBytes, long bytes) {
        @Override
        public String toString() {
            return weightBytes + " " + sumBytes + " " + bytes;
        }
    }

    private static Growth grownBytes(Path model, WeightType type) throws IOException {
        try (Checkpoint checkpoint = Checkpoint.open(model);
                Backend backend = Backends.named("cpu", 2)) {
            ModelSpec spec = checkpoint.spec();
            LayerRange range = new LayerRange(0, spec.layerCount() - 1);
            ModelLayout layout = ModelLayout.of(spec, checkpoint, type);
            StageConfig config = new StageConfig(KV_TOKENS, 1, 2, type);
            long before = residentBytes();
            try (Stage stage = Stage.load(spec, checkpoint, range, backend, config)) {
                long weights = layout.weightBytes(range, true, false);
                long sum = weights + layout.kvBytes(range, KV_TOKENS);
                if (stage.weightBytes() > sum) {
                    throw new IOException("sum: " + sum + ", below that of the stage");
                }
                return new Growth(weights, sum, residentBytes() - before);
            }
        }
    }

    private static long residentBytes() throws IOException {
        Matcher resident = RESIDENT.matcher(Files.readString(Path.of("/proc/self/smaps_rollup")));
        if (!resident.find()) {
            throw new IOException("smaps_rollup: no Rss");
        }
        return Long.parseLong(resident.group(1)) * KIB;
    }
}
