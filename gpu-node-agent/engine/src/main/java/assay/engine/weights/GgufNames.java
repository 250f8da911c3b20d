package assay.engine.weights;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * GGUF tensor names to those of Hugging Face checkpoints, which the engine asks for. Stacked
 * experts get one name with {@code *} in the place of the expert's number. Source: {@code
 * gguf-py/gguf/tensor_mapping.py} of llama.cpp.
 */
final class GgufNames {
    private static final Pattern BLOCK = Pattern.compile("blk\\.(\\d{1,4})\\.(.+)\\.(weight|bias)");
    private static final Map<String, String> OUTER =
            Map.of(
                    "token_embd.weight", "model.embed_tokens.weight",
                    "output_norm.weight", "model.norm.weight",
                    "output.weight", "lm_head.weight");
    private static final Map<String, String> IN_BLOCK =
            Map.ofEntries(
                    Map.entry("attn_norm", "input_layernorm"),
                    Map.entry("attn_q", "self_attn.q_proj"),
                    Map.entry("attn_k", "self_attn.k_proj"),
                    Map.entry("attn_v", "self_attn.v_proj"),
                    Map.entry("attn_output", "self_attn.o_proj"),
                    Map.entry("attn_q_norm", "self_attn.q_norm"),
                    Map.entry("attn_k_norm", "self_attn.k_norm"),
                    Map.entry("attn_q_a", "self_attn.q_a_proj"),
                    Map.entry("attn_q_a_norm", "self_attn.q_a_layernorm"),
                    Map.entry("attn_q_b", "self_attn.q_b_proj"),
                    Map.entry("attn_kv_a_mqa", "self_attn.kv_a_proj_with_mqa"),
                    Map.entry("attn_kv_a_norm", "self_attn.kv_a_layernorm"),
                    Map.entry("attn_kv_b", "self_attn.kv_b_proj"),
                    Map.entry("attn_k_b", TensorNames.KEYS_OF_LATENT),
                    Map.entry("attn_v_b", TensorNames.VALUES_OF_LATENT),
                    Map.entry("ffn_norm", "post_attention_layernorm"),
                    Map.entry("ffn_gate", "mlp.gate_proj"),
                    Map.entry("ffn_up", "mlp.up_proj"),
                    Map.entry("ffn_down", "mlp.down_proj"));
    private static final Map<String, String> EXPERTS =
            Map.of(
                    "ffn_gate_inp", "mlp.gate",
                    "ffn_gate_exps", "mlp.experts.*.gate_proj",
                    "ffn_up_exps", "mlp.experts.*.up_proj",
                    "ffn_down_exps", "mlp.experts.*.down_proj",
                    "ffn_gate_shexp", "mlp.shared_experts.gate_proj",
                    "ffn_up_shexp", "mlp.shared_experts.up_proj",
                    "ffn_down_shexp", "mlp.shared_experts.down_proj");
    private static final Map<String, String> MIXTRAL =
            Map.of(
                    "ffn_gate_inp", "block_sparse_moe.gate",
                    "ffn_gate_exps", "block_sparse_moe.experts.*.w1",
                    "ffn_down_exps", "block_sparse_moe.experts.*.w2",
                    "ffn_up_exps", "block_sparse_moe.experts.*.w3");

    private GgufNames() {}

    /**
     * The name of Hugging Face, if the engine knows what the tensor is for.
     *
     * @param architecture as {@code general.architecture} says
     */
    static Optional<String> of(String architecture, String name) {
        if (OUTER.containsKey(name)) {
            return Optional.ofNullable(OUTER.get(name));
        }
        Matcher block = BLOCK.matcher(name);
        if (!block.matches()) {
            return Optional.empty();
        }
        String layer = "model.layers." + Integer.parseInt(block.group(1)) + ".";
        String part = block.group(2);
        if (part.equals("exp_probs_b")) {
            return Optional.of(layer + "mlp.gate.e_score_correction_bias");
        }
        Map<String, String> experts = architecture.equals("llama") ? MIXTRAL : EXPERTS;
        String known = IN_BLOCK.getOrDefault(part, experts.get(part));
        return Optional.ofNullable(known).map(n -> layer + n + "." + block.group(3));
    }
}
