package assay.engine.weights;

import assay.engine.model.AttentionSpec;
import assay.engine.model.FeedForwardSpec;
import assay.engine.model.FeedForwardSpec.Router;
import assay.engine.model.ModelSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** What the tensors of a checkpoint are called, and the shapes they must have. */
public final class TensorNames {
    public static final String EMBEDDING = "model.embed_tokens.weight";
    public static final String FINAL_NORM = "model.norm.weight";
    private static final String OUTPUT = "lm_head.weight";

    /** Within a layer. */
    public static final String ATTENTION_NORM = "input_layernorm";

    public static final String FEED_FORWARD_NORM = "post_attention_layernorm";
    public static final String SHARED_EXPERTS = "mlp.shared_experts";
    public static final String SELECTION_BIAS = "mlp.gate.e_score_correction_bias";

    /** Latent to the keys and values of all heads, a head's keys before its values. */
    public static final String HEADS_OF_LATENT = "self_attn.kv_b_proj";

    /** The first half of it, each head's transposed, as newer GGUF files have it. */
    public static final String KEYS_OF_LATENT = "self_attn.k_b_proj";

    /** The second half. */
    public static final String VALUES_OF_LATENT = "self_attn.v_b_proj";

    /**
     * A tensor that an architecture asks for; one dimension for a vector, two for a matrix.
     *
     * @param halves what latent attention cuts it into before use, and some files hold in its
     *     place; empty for all others
     */
    public record Expected(String name, List<Integer> shape, List<Expected> halves) {
        public Expected {
            shape = List.copyOf(shape);
            halves = List.copyOf(halves);
        }

        /** One that is used as it is. */
        Expected(String name, List<Integer> shape) {
            this(name, shape, List.of());
        }
    }

    /** What a block of experts is made of, by names within a layer. */
    public record ExpertNames(
            String router, String experts, String gateName, String upName, String downName) {
        private static final ExpertNames MIXTRAL =
                new ExpertNames(
                        "block_sparse_moe.gate", "block_sparse_moe.experts", "w1", "w3", "w2");
        private static final ExpertNames OTHERS =
                new ExpertNames("mlp.gate", "mlp.experts", "gate_proj", "up_proj", "down_proj");

        public static ExpertNames of(ModelSpec spec) {
            return spec.architecture().equals("mixtral") ? MIXTRAL : OTHERS;
        }

        public String gate(int expert) {
            return part(expert, gateName);
        }

        public String up(int expert) {
            return part(expert, upName);
        }

        public String down(int expert) {
            return part(expert, downName);
        }

        private String part(int expert, String name) {
            return experts + "." + expert + "." + name;
        }
    }

    private TensorNames() {}

    /** Whether a checkpoint holds the halves of a matrix in its place. */
    static boolean standsInHalves(Expected expected, Predicate<String> has) {
        return !has.test(expected.name())
                && expected.halves().stream().map(Expected::name).anyMatch(has);
    }

    /** A tensor of one layer, by its whole name within the layer. */
    public static String ofLayer(int layerIndex, String name) {
        return "model.layers.%d.%s".formatted(layerIndex, name);
    }

    /** The matrix or scale of one part of a layer. */
    public static String weight(int layerIndex, String part) {
        return ofLayer(layerIndex, part + ".weight");
    }

    public static String bias(int layerIndex, String part) {
        return ofLayer(layerIndex, part + ".bias");
    }

    /** The output layer: the embedding itself where the model ties them. */
    public static String output(ModelSpec spec) {
        return spec.tiedEmbeddings() ? EMBEDDING : OUTPUT;
    }

    static Expected embedding(ModelSpec spec) {
        return matrix(EMBEDDING, spec.vocabularySize(), spec.hiddenSize());
    }

    static List<Expected> head(ModelSpec spec) {
        return List.of(
                vector(FINAL_NORM, spec.hiddenSize()),
                matrix(output(spec), spec.vocabularySize(), spec.hiddenSize()));
    }

    private static Expected vector(String name, int width) {
        return new Expected(name, List.of(width));
    }

    private static Expected matrix(String name, int rows, int width) {
        return new Expected(name, List.of(rows, width));
    }

    static List<Expected> layer(ModelSpec spec, int layerIndex) {
        Layer layer = new Layer(layerIndex, spec.hiddenSize());
        layer.norm(ATTENTION_NORM, spec.hiddenSize());
        switch (spec.layer(layerIndex).attention()) {
            case AttentionSpec.GroupedQuery grouped -> layer.grouped(grouped);
            case AttentionSpec.Latent latent -> layer.latent(latent);
        }
        layer.norm(FEED_FORWARD_NORM, spec.hiddenSize());
        switch (spec.layer(layerIndex).feedForward()) {
            case FeedForwardSpec.Dense dense -> layer.gated("mlp", dense.inner(), dense.bias());
            case FeedForwardSpec.Experts experts -> layer.experts(experts, ExpertNames.of(spec));
        }
        return layer.tensors;
    }

    /** Gathers the tensors of one layer. */
    private static final class Layer {
        private final int index;
        private final int hidden;
        private final List<Expected> tensors = new ArrayList<>();

        Layer(int index, int hidden) {
            this.index = index;
            this.hidden = hidden;
        }

        void norm(String part, int width) {
            tensors.add(vector(TensorNames.weight(index, part), width));
        }

        void linear(String part, int rows, int width, boolean bias) {
            tensors.add(matrix(TensorNames.weight(index, part), rows, width));
            if (bias) {
                tensors.add(vector(TensorNames.bias(index, part), rows));
            }
        }

        void grouped(AttentionSpec.GroupedQuery spec) {
            int kvWidth = spec.kvHeads() * spec.headDim();
            linear("self_attn.q_proj", spec.outputWidth(), hidden, spec.inputBias());
            linear("self_attn.k_proj", kvWidth, hidden, spec.inputBias());
            linear("self_attn.v_proj", kvWidth, hidden, spec.inputBias());
            linear("self_attn.o_proj", hidden, spec.outputWidth(), spec.outputBias());
            if (spec.headNorms()) {
                norm("self_attn.q_norm", spec.headDim());
                norm("self_attn.k_norm", spec.headDim());
            }
        }

        void latent(AttentionSpec.Latent spec) {
            int queryWidth = spec.heads() * (spec.plainDim() + spec.turnedDim());
            int rank = spec.latentRank();
            if (spec.queryRank() == 0) {
                linear("self_attn.q_proj", queryWidth, hidden, false);
            } else {
                linear("self_attn.q_a_proj", spec.queryRank(), hidden, spec.bias());
                norm("self_attn.q_a_layernorm", spec.queryRank());
                linear("self_attn.q_b_proj", queryWidth, spec.queryRank(), false);
            }
            linear("self_attn.kv_a_proj_with_mqa", rank + spec.turnedDim(), hidden, spec.bias());
            norm("self_attn.kv_a_layernorm", rank);
            tensors.add(headsOfLatent(spec));
            linear("self_attn.o_proj", hidden, spec.outputWidth(), spec.bias());
        }

        private Expected headsOfLatent(AttentionSpec.Latent spec) {
            int heads = spec.heads();
            int rank = spec.latentRank();
            return new Expected(
                    TensorNames.weight(index, HEADS_OF_LATENT),
                    List.of(heads * (spec.plainDim() + spec.headValueDim()), rank),
                    List.of(
                            new Expected(
                                    TensorNames.weight(index, KEYS_OF_LATENT),
                                    List.of(heads, rank, spec.plainDim())),
                            new Expected(
                                    TensorNames.weight(index, VALUES_OF_LATENT),
                                    List.of(heads, spec.headValueDim(), rank))));
        }

        void gated(String part, int inner, boolean bias) {
            linear(part + ".gate_proj", inner, hidden, bias);
            linear(part + ".up_proj", inner, hidden, bias);
            linear(part + ".down_proj", hidden, inner, bias);
        }

        void experts(FeedForwardSpec.Experts spec, ExpertNames names) {
            linear(names.router(), spec.count(), hidden, false);
            if (spec.router() instanceof Router.GroupedSigmoid) {
                tensors.add(vector(ofLayer(index, SELECTION_BIAS), spec.count()));
            }
            for (int i = 0; i < spec.count(); i++) {
                linear(names.gate(i), spec.inner(), hidden, false);
                linear(names.up(i), spec.inner(), hidden, false);
                linear(names.down(i), hidden, spec.inner(), false);
            }
            if (spec.sharedInner() > 0) {
                gated(SHARED_EXPERTS, spec.sharedInner(), false);
            }
        }
    }
}
