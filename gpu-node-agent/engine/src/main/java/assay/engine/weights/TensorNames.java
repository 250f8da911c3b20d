package assay.engine.weights;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.model.AttentionSpec;
import assay.engine.model.FeedForwardSpec;
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
        List<Expected> all = new ArrayList<>();
        add(all, layerIndex, "input_layernorm", hidden);
        switch (spec.layer(layerIndex).attention()) {
            case AttentionSpec.GroupedQuery attention -> {
                int kvWidth = attention.kvHeads() * attention.headDim();
                add(all, layerIndex, "self_attn.q_proj", attention.outputWidth(), hidden);
                add(all, layerIndex, "self_attn.k_proj", kvWidth, hidden);
                add(all, layerIndex, "self_attn.v_proj", kvWidth, hidden);
                add(all, layerIndex, "self_attn.o_proj", hidden, attention.outputWidth());
            }
            case AttentionSpec.Latent latent -> throw unsupported(latent);
        }
        add(all, layerIndex, "post_attention_layernorm", hidden);
        switch (spec.layer(layerIndex).feedForward()) {
            case FeedForwardSpec.Dense dense -> {
                add(all, layerIndex, "mlp.gate_proj", dense.inner(), hidden);
                add(all, layerIndex, "mlp.up_proj", dense.inner(), hidden);
                add(all, layerIndex, "mlp.down_proj", hidden, dense.inner());
            }
            case FeedForwardSpec.Experts experts -> throw unsupported(experts);
        }
        return all;
    }

    private static EngineException unsupported(Record part) {
        return new EngineException(ErrorCode.MODEL_UNSUPPORTED, "layer: " + part);
    }

    private static void add(List<Expected> all, int layerIndex, String name, Integer... shape) {
        all.add(new Expected(ofLayer(layerIndex, name), List.of(shape)));
    }
}
