package assay.engine.weights;

import assay.engine.kernel.Tensor;
import assay.engine.model.RopeSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A Hugging Face folder written as GGUF, as a converter would: experts stacked, rows of llama's
 * queries and keys reordered for neighbours that are turned against each other.
 */
public final class GgufOfFolder {
    private static final Map<String, String> ARCHITECTURES =
            Map.of(
                    "llama", "llama",
                    "mixtral", "llama",
                    "qwen2", "qwen2",
                    "qwen3", "qwen3",
                    "qwen3_moe", "qwen3moe",
                    "deepseek_v3", "deepseek2");
    private static final String HEADS = "self_attn.kv_b_proj.weight";
    private static final List<List<String>> IN_LAYER =
            List.of(
                    List.of("attn_norm.weight", "input_layernorm.weight"),
                    List.of("attn_q.weight", "self_attn.q_proj.weight"),
                    List.of("attn_q.bias", "self_attn.q_proj.bias"),
                    List.of("attn_k.weight", "self_attn.k_proj.weight"),
                    List.of("attn_k.bias", "self_attn.k_proj.bias"),
                    List.of("attn_v.weight", "self_attn.v_proj.weight"),
                    List.of("attn_v.bias", "self_attn.v_proj.bias"),
                    List.of("attn_q_a.weight", "self_attn.q_a_proj.weight"),
                    List.of("attn_q_a_norm.weight", "self_attn.q_a_layernorm.weight"),
                    List.of("attn_q_b.weight", "self_attn.q_b_proj.weight"),
                    List.of("attn_kv_a_mqa.weight", "self_attn.kv_a_proj_with_mqa.weight"),
                    List.of("attn_kv_a_norm.weight", "self_attn.kv_a_layernorm.weight"),
                    List.of("attn_kv_b.weight", HEADS),
                    List.of("attn_output.weight", "self_attn.o_proj.weight"),
                    List.of("attn_q_norm.weight", "self_attn.q_norm.weight"),
                    List.of("attn_k_norm.weight", "self_attn.k_norm.weight"),
                    List.of("ffn_norm.weight", "post_attention_layernorm.weight"),
                    List.of("ffn_gate.weight", "mlp.gate_proj.weight"),
                    List.of("ffn_up.weight", "mlp.up_proj.weight"),
                    List.of("ffn_down.weight", "mlp.down_proj.weight"),
                    List.of("ffn_gate_inp.weight", "mlp.gate.weight"),
                    List.of("ffn_gate_inp.weight", "block_sparse_moe.gate.weight"),
                    List.of("exp_probs_b.bias", "mlp.gate.e_score_correction_bias"),
                    List.of("ffn_gate_shexp.weight", "mlp.shared_experts.gate_proj.weight"),
                    List.of("ffn_up_shexp.weight", "mlp.shared_experts.up_proj.weight"),
                    List.of("ffn_down_shexp.weight", "mlp.shared_experts.down_proj.weight"),
                    List.of("ffn_gate_exps.weight", "mlp.experts.%d.gate_proj.weight"),
                    List.of("ffn_up_exps.weight", "mlp.experts.%d.up_proj.weight"),
                    List.of("ffn_down_exps.weight", "mlp.experts.%d.down_proj.weight"),
                    List.of("ffn_gate_exps.weight", "block_sparse_moe.experts.%d.w1.weight"),
                    List.of("ffn_down_exps.weight", "block_sparse_moe.experts.%d.w2.weight"),
                    List.of("ffn_up_exps.weight", "block_sparse_moe.experts.%d.w3.weight"));

    private final GgufWriter writer = new GgufWriter();
    private final JsonNode config;
    private final Checkpoint checkpoint;
    private final GgmlType type;
    private final String architecture;
    private final boolean split;

    private GgufOfFolder(JsonNode config, Checkpoint checkpoint, GgmlType type, boolean split) {
        this.config = config;
        this.checkpoint = checkpoint;
        this.type = type;
        this.split = split;
        this.architecture =
                Objects.requireNonNull(ARCHITECTURES.get(config.path("model_type").asString()));
    }

    /**
     * Writes the model.
     *
     * @param type of all matrices; vectors are F32
     */
    public static void write(Path folder, Path gguf, GgmlType type) throws IOException {
        write(folder, gguf, type, true);
    }

    /**
     * Writes the model.
     *
     * @param split latent attention's matrix in halves, as converters do since 2025
     */
    public static void write(Path folder, Path gguf, GgmlType type, boolean split)
            throws IOException {
        JsonNode config =
                new JsonMapper().readTree(Files.readString(folder.resolve("config.json")));
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            GgufOfFolder model = new GgufOfFolder(config, checkpoint, type, split);
            model.metadata();
            model.tensors();
            model.writer.write(gguf);
        }
    }

    private int number(String key, int otherwise) {
        return config.path(key).asInt(otherwise);
    }

    private int headDim() {
        return number("head_dim", number("hidden_size", 0) / number("num_attention_heads", 1));
    }

    private void metadata() {
        String a = architecture + ".";
        writer.text("general.architecture", architecture)
                .u32(a + "context_length", number("max_position_embeddings", 0))
                .u32(a + "embedding_length", number("hidden_size", 0))
                .u32(a + "block_count", number("num_hidden_layers", 0))
                .u32(a + "feed_forward_length", number("intermediate_size", 0))
                .u32(a + "attention.head_count", number("num_attention_heads", 0))
                .f32(
                        a + "attention.layer_norm_rms_epsilon",
                        config.path("rms_norm_eps").floatValue())
                .f32(
                        a + "rope.freq_base",
                        config.path("rope_parameters")
                                .path("rope_theta")
                                .asFloat(config.path("rope_theta").asFloat(0)))
                .u32("tokenizer.ggml.bos_token_id", number("bos_token_id", 0))
                .u32("tokenizer.ggml.eos_token_id", number("eos_token_id", 0));
        if (architecture.equals("deepseek2")) {
            latent(a);
        } else {
            writer.u32(a + "attention.head_count_kv", number("num_key_value_heads", 0))
                    .u32(a + "attention.key_length", headDim())
                    .u32(a + "attention.value_length", headDim());
        }
        if (experts() > 0) {
            writer.u32(a + "expert_count", experts())
                    .u32(a + "expert_used_count", number("num_experts_per_tok", 0));
        }
        if (config.has("moe_intermediate_size")) {
            writer.u32(a + "expert_feed_forward_length", number("moe_intermediate_size", 0));
        }
        JsonNode rope = config.path("rope_parameters");
        if (rope.path("rope_type").asString("").equals("llama3")) {
            ropeFactors(rope);
        }
        if (config.path("rope_scaling").path("type").asString("").equals("yarn")) {
            yarn(a + "rope.scaling.", config.path("rope_scaling"));
        }
    }

    private int experts() {
        return number("num_local_experts", number("n_routed_experts", 0));
    }

    /** With its heads' matrix in halves it is written as the attention of one head. */
    private void latent(String a) {
        int rank = number("kv_lora_rank", 0);
        int turned = number("qk_rope_head_dim", 0);
        int key = number("qk_nope_head_dim", 0) + turned;
        int value = number("v_head_dim", 0);
        int heads = number("num_attention_heads", 0);
        writer.u32(a + "attention.head_count_kv", split ? 1 : heads)
                .u32(a + "attention.key_length", split ? rank + turned : key)
                .u32(a + "attention.value_length", split ? rank : value)
                .u32(a + "attention.kv_lora_rank", rank)
                .u32(a + "rope.dimension_count", turned)
                .u32(a + "leading_dense_block_count", number("first_k_dense_replace", 0))
                .u32(a + "expert_shared_count", number("n_shared_experts", 0))
                .u32(a + "expert_gating_func", 2)
                .u32(a + "expert_group_count", number("n_group", 0))
                .u32(a + "expert_group_used_count", number("topk_group", 0))
                .f32(a + "expert_weights_scale", config.path("routed_scaling_factor").floatValue());
        if (split) {
            writer.u32(a + "attention.key_length_mla", key)
                    .u32(a + "attention.value_length_mla", value);
        }
        if (config.path("norm_topk_prob").asBoolean(false)) {
            writer.flag(a + "expert_weights_norm", true);
        }
        if (config.path("q_lora_rank").isNumber()) {
            writer.u32(a + "attention.q_lora_rank", number("q_lora_rank", 0));
        }
    }

    private void yarn(String a, JsonNode rope) {
        writer.text(a + "type", "yarn").f32(a + "factor", rope.path("factor").floatValue());
        int context = rope.path("original_max_position_embeddings").asInt(0);
        if (context > 0) {
            writer.u32(a + "original_context_length", context);
        }
        for (String beta : List.of("beta_fast", "beta_slow")) {
            if (rope.has(beta)) {
                writer.f32(a + "yarn_" + beta, rope.path(beta).floatValue());
            }
        }
        if (rope.has("mscale_all_dim")) {
            double gain = rope.path("mscale_all_dim").doubleValue();
            writer.f32(a + "yarn_log_multiplier", (float) (0.1 * gain));
        }
    }

    private void ropeFactors(JsonNode rope) {
        double theta = rope.path("rope_theta").doubleValue();
        RopeSpec plain = new RopeSpec.Plain(theta);
        RopeSpec scaled =
                new RopeSpec.Llama3(
                        theta,
                        rope.path("factor").doubleValue(),
                        rope.path("low_freq_factor").doubleValue(),
                        rope.path("high_freq_factor").doubleValue(),
                        rope.path("original_max_position_embeddings").intValue());
        int dim = headDim();
        writer.tensor(
                "rope_freqs.weight",
                GgmlType.F32,
                (row, into) -> {
                    for (int i = 0; i < into.length; i++) {
                        into[i] =
                                (float)
                                        (plain.inverseFrequency(i, dim)
                                                / scaled.inverseFrequency(i, dim));
                    }
                },
                dim / 2);
    }

    private void tensors() {
        tensor("token_embd.weight", "model.embed_tokens.weight");
        tensor("output_norm.weight", "model.norm.weight");
        tensor("output.weight", "lm_head.weight");
        boolean mixtral = config.path("model_type").asString().equals("mixtral");
        for (int i = 0; i < number("num_hidden_layers", 0); i++) {
            for (List<String> names : IN_LAYER) {
                if (names.getLast().startsWith("block_sparse_moe") && !mixtral) {
                    continue;
                }
                tensor(
                        "blk.%d.%s".formatted(i, names.getFirst()),
                        "model.layers.%d.%s".formatted(i, names.getLast()));
            }
        }
    }

    private void tensor(String gguf, String name) {
        if (name.contains("experts.%d")) {
            if (checkpoint.has(name.formatted(0))) {
                experts(gguf, name);
            }
        } else if (name.endsWith(HEADS) && split) {
            if (checkpoint.has(name)) {
                halves(gguf, matrix(name));
            }
        } else if (checkpoint.has(name)) {
            Tensor tensor = matrix(name);
            int heads =
                    name.contains(".q_proj.")
                            ? number("num_attention_heads", 0)
                            : number("num_key_value_heads", 0);
            boolean turned = name.contains(".q_proj.") || name.contains(".k_proj.");
            boolean reordered = turned && architecture.equals("llama");
            GgufWriter.Rows rows =
                    (row, into) ->
                            tensor.readRow(
                                    reordered ? halves(row, tensor.rows() / heads) : row, into);
            if (checkpoint.tensor(name).shape().size() == 1) {
                writer.tensor(gguf, GgmlType.F32, rows, tensor.width());
            } else {
                writer.tensor(gguf, type, rows, tensor.rows(), tensor.width());
            }
        }
    }

    /** Of each head first the rows of keys, which are transposed, then those of values. */
    private void halves(String gguf, Tensor heads) {
        int count = number("num_attention_heads", 0);
        int plain = number("qk_nope_head_dim", 0);
        int value = number("v_head_dim", 0);
        int rank = heads.width();
        writer.tensor(
                gguf.replace("attn_kv_b", "attn_k_b"),
                type,
                (row, into) -> {
                    for (int i = 0; i < plain; i++) {
                        into[i] = heads.get(row / rank * (plain + value) + i, row % rank);
                    }
                },
                count,
                rank,
                plain);
        writer.tensor(
                gguf.replace("attn_kv_b", "attn_v_b"),
                type,
                (row, into) ->
                        heads.readRow(row / value * (plain + value) + plain + row % value, into),
                count,
                value,
                rank);
    }

    /** Which row of halves comes to stand at {@code row} of neighbours. */
    private static int halves(int row, int headDim) {
        int within = row % headDim;
        return row - within + within / 2 + (within % 2) * (headDim / 2);
    }

    private void experts(String gguf, String name) {
        int count = experts();
        Tensor first = matrix(name.formatted(0));
        writer.tensor(
                gguf,
                type,
                (row, into) ->
                        matrix(name.formatted(row / first.rows()))
                                .readRow(row % first.rows(), into),
                count,
                first.rows(),
                first.width());
    }

    private Tensor matrix(String name) {
        TensorView view = checkpoint.tensor(name);
        return view.matrix(view.shape().stream().mapToInt(Math::toIntExact).toArray());
    }
}
