package assay.engine.bench;

import assay.engine.weights.RandomGguf;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * A model folder of the same shape as a {@link RandomGguf}, in bfloat16, for the peer that reads no
 * GGUF: safetensors, {@code config.json} and a tokenizer that nothing is asked of.
 */
final class SafetensorsWriter {
    private static final int ROW_NORMS = 1;

    private final RandomGguf.Shape shape;
    private final Map<String, List<Integer>> tensors = new LinkedHashMap<>();

    private SafetensorsWriter(RandomGguf.Shape shape) {
        this.shape = shape;
        int hidden = shape.hidden();
        int kvWidth = hidden / shape.heads() * shape.kvHeads();
        tensors.put("model.embed_tokens.weight", List.of(shape.vocabulary(), hidden));
        tensors.put("lm_head.weight", List.of(shape.vocabulary(), hidden));
        tensors.put("model.norm.weight", List.of(hidden));
        for (int i = 0; i < shape.layers(); i++) {
            String layer = "model.layers." + i + ".";
            tensors.put(layer + "input_layernorm.weight", List.of(hidden));
            tensors.put(layer + "self_attn.q_proj.weight", List.of(hidden, hidden));
            tensors.put(layer + "self_attn.k_proj.weight", List.of(kvWidth, hidden));
            tensors.put(layer + "self_attn.v_proj.weight", List.of(kvWidth, hidden));
            tensors.put(layer + "self_attn.o_proj.weight", List.of(hidden, hidden));
            tensors.put(layer + "post_attention_layernorm.weight", List.of(hidden));
            tensors.put(layer + "mlp.gate_proj.weight", List.of(shape.inner(), hidden));
            tensors.put(layer + "mlp.up_proj.weight", List.of(shape.inner(), hidden));
            tensors.put(layer + "mlp.down_proj.weight", List.of(hidden, shape.inner()));
        }
    }

    /** Writes the folder's files. */
    static void write(Path folder, RandomGguf.Shape shape) throws IOException {
        SafetensorsWriter writer = new SafetensorsWriter(shape);
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("config.json"), writer.config());
        Files.writeString(
                folder.resolve("tokenizer.json"),
                """
                {"model": {"type": "BPE", "byte_fallback": true, "vocab": {"<0x00>": 0}, "merges": []}}
                """);
        Files.writeString(folder.resolve("tokenizer_config.json"), "{}");
        writer.weights(folder.resolve("model.safetensors"));
    }

    private String config() {
        return """
        {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu",
         "vocab_size": %d, "hidden_size": %d, "intermediate_size": %d, "num_hidden_layers": %d,
         "num_attention_heads": %d, "num_key_value_heads": %d, "max_position_embeddings": %d,
         "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "bos_token_id": 1, "eos_token_id": 2,
         "tie_word_embeddings": false, "torch_dtype": "bfloat16"}
        """
                .formatted(
                        shape.vocabulary(),
                        shape.hidden(),
                        shape.inner(),
                        shape.layers(),
                        shape.heads(),
                        shape.kvHeads(),
                        shape.context());
    }

    private void weights(Path file) throws IOException {
        StringJoiner header = new StringJoiner(",", "{", "}");
        long offset = 0;
        for (var tensor : tensors.entrySet()) {
            long end = offset + Short.BYTES * elements(tensor.getValue());
            header.add(
                    "\"%s\":{\"dtype\":\"BF16\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
                            .formatted(tensor.getKey(), tensor.getValue(), offset, end));
            offset = end;
        }
        byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
        RandomGenerator random =
                RandomGeneratorFactory.of("L64X128MixRandom").create(shape.hidden());
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20)) {
            out.write(
                    ByteBuffer.allocate(Long.BYTES)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .putLong(json.length)
                            .array());
            out.write(json);
            for (List<Integer> dims : tensors.values()) {
                matrix(out, dims, random);
            }
        }
    }

    private static long elements(List<Integer> dims) {
        return dims.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
    }

    /** Uniform numbers of the same variance as those of the GGUF; norms are ones. */
    private static void matrix(OutputStream out, List<Integer> dims, RandomGenerator random)
            throws IOException {
        int width = dims.getLast();
        float scale = (float) Math.sqrt(3.0 / width);
        byte[] row = new byte[width * Short.BYTES];
        ByteBuffer values = ByteBuffer.wrap(row).order(ByteOrder.LITTLE_ENDIAN);
        for (long r = 0; r < elements(dims) / width; r++) {
            values.clear();
            for (int i = 0; i < width; i++) {
                float value = dims.size() == ROW_NORMS ? 1 : (random.nextFloat() * 2 - 1) * scale;
                values.putShort((short) (Float.floatToRawIntBits(value) >>> Short.SIZE));
            }
            out.write(row);
        }
    }
}
