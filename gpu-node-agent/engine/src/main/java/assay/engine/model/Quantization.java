package assay.engine.model;

import java.util.List;
import java.util.Set;

/**
 * The {@code quantization_config} of a config: whether the stored weights mean what this engine
 * takes them for. What each tensor is stored as is in the files. Source: {@code
 * FineGrainedFP8Config} of transformers 5.17.
 */
final class Quantization {
    static final String KEY = "quantization_config";
    private static final List<Integer> BLOCK = List.of(128, 128);

    /** Lists of modules say what the tensors' types say again. */
    private static final Set<String> KEYS =
            Set.of(
                    "quant_method",
                    "fmt",
                    "weight_block_size",
                    "activation_scheme",
                    "scale_fmt",
                    "dequantize",
                    "modules_to_not_convert",
                    "modules_to_convert",
                    "ignored_layers");

    private Quantization() {}

    static void check(JsonFields config) {
        if (!config.says(KEY)) {
            return;
        }
        JsonFields fields = config.object(KEY).orElseThrow(() -> config.unsupported(KEY));
        require(fields, "quant_method", Set.of("fp8"), false);
        require(fields, "fmt", Set.of("e4m3"), true);
        require(fields, "activation_scheme", Set.of("dynamic"), true);
        require(fields, "scale_fmt", Set.of("float", "ue8m0"), true);
        if (!fields.wholeNumbers("weight_block_size").equals(BLOCK)) {
            throw fields.unsupported("weight_block_size");
        }
        for (String name : fields.names()) {
            if (!KEYS.contains(name) && fields.says(name)) {
                throw fields.unsupported(name);
            }
        }
    }

    private static void require(
            JsonFields fields, String name, Set<String> known, boolean mayBeAbsent) {
        if (mayBeAbsent && !fields.has(name)) {
            return;
        }
        if (!fields.has(name) || !known.contains(fields.text(name))) {
            throw fields.unsupported(name);
        }
    }
}
