package assay.engine.weights;

import assay.engine.model.ModelSpec;
import java.util.ArrayList;
import java.util.List;

/** What the tensors of a llama checkpoint are called, and the shapes they must have. */
public final class TensorNames {
    public static final String EMBEDDING = "model.embed_tokens.weight";
    public static final String FINAL_NORM = "model.norm.weight";
    private static final String OUTPUT = "lm_head.weight";

    /** A tensor that an architecture asks for; one dimension for a vector, two for a matrix. */
    public record Expected(String name, List<Integer> shape) {
        public Expected {
            shape = List.copyOf(shape);
        }
    }

    private TensorNames() {}

    /** A tensor of one layer, by its name within the layer. */
    public static String ofLayer(int layerIndex, String name) {
        return "model.layers.%d.%s.weight".formatted(layerIndex, name);
    }

    /** The output layer: the embedding itself where the model ties them. */
    public static String output(ModelSpec spec) {
        return spec.tiedEmbeddings() ? EMBEDDING : OUTPUT;
    }

    static Expected embedding(ModelSpec spec) {
        return new Expected(EMBEDDING, List.of(spec.vocabularySize(), spec.hiddenSize()));
    }

    static List<Expected> head(ModelSpec spec) {
        return List.of(
                new Expected(FINAL_NORM, List.of(spec.hiddenSize())),
                new Expected(output(spec), List.of(spec.vocabularySize(), spec.hiddenSize())));
    }

    static List<Expected> layer(ModelSpec spec, int layerIndex) {
        int hidden = spec.hiddenSize();
        int inner = spec.intermediateSize();
        List<Expected> all = new ArrayList<>();
        add(all, layerIndex, "input_layernorm", hidden);
        add(all, layerIndex, "self_attn.q_proj", spec.queryWidth(), hidden);
        add(all, layerIndex, "self_attn.k_proj", spec.kvWidth(), hidden);
        add(all, layerIndex, "self_attn.v_proj", spec.kvWidth(), hidden);
        add(all, layerIndex, "self_attn.o_proj", hidden, spec.queryWidth());
        add(all, layerIndex, "post_attention_layernorm", hidden);
        add(all, layerIndex, "mlp.gate_proj", inner, hidden);
        add(all, layerIndex, "mlp.up_proj", inner, hidden);
        add(all, layerIndex, "mlp.down_proj", hidden, inner);
        return all;
    }

    private static void add(List<Expected> all, int layerIndex, String name, Integer... shape) {
        all.add(new Expected(ofLayer(layerIndex, name), List.of(shape)));
    }
}
