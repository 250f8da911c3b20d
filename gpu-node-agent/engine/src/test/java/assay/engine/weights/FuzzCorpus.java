package assay.engine.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Small valid files of every format, and ways to damage them. */
public final class FuzzCorpus {
    private static final long[] NUMBERS = {
        0,
        1,
        -1,
        7,
        127,
        255,
        256,
        65_535,
        1 << 20,
        Integer.MAX_VALUE,
        Integer.MIN_VALUE,
        1L << 32,
        1L << 62,
        Long.MAX_VALUE,
        Long.MIN_VALUE
    };
    private static final String[] WORDS = {
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        "\"",
        "null",
        "-1",
        "1e999",
        "18446744073709551616",
        "true",
        "[[[[[[[[",
        "{{",
        "}}",
        "{%",
        "%}",
        "-%}",
        "{% for a in b %}",
        "{% endfor %}",
        "{% if a %}",
        "{% endif %}",
        "|",
        " is ",
        "**",
        "(",
        ")",
        "\\u0000",
        ".x",
        "[::-1]",
        "messages",
        "~",
        "cos\nsystem\n",
        "(",
        "t",
        "R",
        "."
    };

    private FuzzCorpus() {}

    public static List<byte[]> safetensors() {
        String header =
                """
                {"__metadata__":{"format":"pt"},
                 "a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},
                 "b":{"dtype":"BF16","shape":[5],"data_offsets":[24,34]}}\
                """;
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer file = ByteBuffer.allocate(8 + json.length + 34).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(json.length).put(json);
        return List.of(file.array());
    }

    public static List<byte[]> pytorch() {
        byte[] pickle =
                new TorchArchive()
                        .op('}')
                        .op('(')
                        .tensor("w", "FloatStorage", "0", 4, 0, new int[] {2, 2}, new int[] {2, 1})
                        .tensor("v", "HalfStorage", "1", 3, 1, new int[] {2}, new int[] {1})
                        .op('u')
                        .pickle();
        byte[] zip =
                TorchArchive.zip(pickle, Map.of("data/0", new byte[16], "data/1", new byte[6]));
        return List.of(zip, Zip64.of(zip));
    }

    public static List<byte[]> gguf() throws IOException {
        Path file = Files.createTempFile("corpus", ".gguf");
        try {
            GgufWriter writer =
                    new GgufWriter()
                            .text("general.architecture", "llama")
                            .u32("llama.context_length", 64)
                            .u32("llama.embedding_length", 32)
                            .u32("llama.block_count", 1)
                            .u32("llama.feed_forward_length", 64)
                            .u32("llama.attention.head_count", 4)
                            .u32("llama.attention.head_count_kv", 2)
                            .f32("llama.attention.layer_norm_rms_epsilon", 1e-5f)
                            .text("llama.rope.scaling.type", "linear")
                            .f32("llama.rope.scaling.factor", 2);
            RandomGguf.vocabulary(writer, 270);
            writer.tensor("token_embd.weight", GgmlType.Q8_0, (row, into) -> {}, 8, 32)
                    .tensor("blk.0.ffn_norm.weight", GgmlType.F32, (row, into) -> {}, 32)
                    .tensor("blk.0.ffn_up_exps.weight", GgmlType.Q4_0, (row, into) -> {}, 2, 2, 32)
                    .write(file);
            return List.of(Files.readAllBytes(file));
        } finally {
            Files.delete(file);
        }
    }

    public static List<byte[]> configs() {
        return bytes(
                """
                {"architectures":["LlamaForCausalLM"],"model_type":"llama","vocab_size":64,
                 "hidden_size":32,"intermediate_size":64,"num_hidden_layers":2,
                 "num_attention_heads":4,"num_key_value_heads":2,"hidden_act":"silu",
                 "max_position_embeddings":64,"rms_norm_eps":1e-5,"rope_theta":10000.0,
                 "rope_scaling":{"rope_type":"linear","factor":2.0},"bos_token_id":1,
                 "eos_token_id":[2,3],"torch_dtype":"bfloat16"}\
                """,
                """
                {"architectures":["Qwen3MoeForCausalLM"],"model_type":"qwen3_moe","vocab_size":64,
                 "hidden_size":32,"intermediate_size":64,"num_hidden_layers":2,"head_dim":8,
                 "num_attention_heads":4,"num_key_value_heads":2,"hidden_act":"silu",
                 "max_position_embeddings":64,"rms_norm_eps":1e-5,
                 "rope_parameters":{"rope_type":"default","rope_theta":1e4},"num_experts":4,
                 "num_experts_per_tok":2,"moe_intermediate_size":16,"norm_topk_prob":true,
                 "eos_token_id":2,"dtype":"bfloat16"}\
                """);
    }

    public static List<byte[]> indexes() {
        return bytes(
                """
                {"metadata":{"total_size":8},"weight_map":{"a":"model-00001-of-00002.safetensors",
                 "b":"model-00002-of-00002.safetensors"}}\
                """);
    }

    public static List<byte[]> templates() {
        return bytes(
                """
                {%- set ns = namespace(n=0) %}
                {%- for m in messages[::-1] if m.role != 'x' %}
                  {%- set ns.n = ns.n + 1 %}
                  {{- '<' ~ m['role'] ~ '>' + m.content | trim | upper }}
                  {%- if loop.last and not (ns.n is odd) or m.content is none %}{% break %}{% endif %}
                {%- endfor %}
                {{ ns.n ** 2 // 3 }} {{ messages | tojson(indent=2) }}\
                """,
                """
                {% macro show(a, b='z') %}[{{ a.split(' ')[-1].lstrip('a') }}{{ b * 3 }}]{% endmacro %}
                {% for key, value in messages[0].items() %}{{ show(value, b=key) }}{% else %}-{% endfor %}
                {% set x %}block{% endset %}{{ x.replace('b', 'cc') if x else range(3) | join(',') }}
                {# note #}{% raw %}{{ no }}{% endraw %}{{ {'a': [1, 2.5, none]}['a'] | list | length }}\
                """);
    }

    private static List<byte[]> bytes(String... texts) {
        return Arrays.stream(texts).map(t -> t.getBytes(StandardCharsets.UTF_8)).toList();
    }

    /** One of the files with one to six things wrong. */
    public static byte[] mutated(List<byte[]> corpus, Random random) {
        byte[] bytes = corpus.get(random.nextInt(corpus.size())).clone();
        int damages = 1 + random.nextInt(6);
        for (int i = 0; i < damages; i++) {
            bytes = damaged(bytes, corpus, random);
        }
        return bytes;
    }

    private static byte[] damaged(byte[] bytes, List<byte[]> corpus, Random random) {
        if (bytes.length < 2) {
            return corpus.getFirst().clone();
        }
        int at = random.nextInt(bytes.length);
        int run = Math.min(bytes.length - at, 1 + random.nextInt(random.nextBoolean() ? 8 : 64));
        switch (random.nextInt(9)) {
            case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> bytes[at] = (byte) random.nextInt(256);
            case 2, 3 -> number(bytes, at, random);
            case 4 -> {
                return spliced(bytes, at, at + run, new byte[0]);
            }
            case 5 -> {
                return spliced(bytes, at, at, Arrays.copyOfRange(bytes, at, at + run));
            }
            case 6 -> {
                byte[] word = WORDS[random.nextInt(WORDS.length)].getBytes(StandardCharsets.UTF_8);
                return spliced(bytes, at, random.nextBoolean() ? at : at + run, word);
            }
            case 7 -> {
                byte[] other = corpus.get(random.nextInt(corpus.size()));
                int from = random.nextInt(other.length);
                int to = Math.min(other.length, from + run);
                return spliced(bytes, at, at, Arrays.copyOfRange(other, from, to));
            }
            default -> {
                return random.nextInt(8) == 0 ? Arrays.copyOf(bytes, at) : repeated(bytes, at, run);
            }
        }
        return bytes;
    }

    /** A number that readers trip over, as 1, 2, 4 or 8 bytes, aligned or not. */
    private static void number(byte[] bytes, int at, Random random) {
        long value = NUMBERS[random.nextInt(NUMBERS.length)] + random.nextInt(3) - 1;
        int width = 1 << random.nextInt(4);
        for (int i = 0; i < width && at + i < bytes.length; i++) {
            bytes[at + i] = (byte) (value >> (8 * i));
        }
    }

    /** A run many times over: nesting and counts that no writer makes. */
    private static byte[] repeated(byte[] bytes, int at, int run) {
        List<byte[]> copies = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            copies.add(Arrays.copyOfRange(bytes, at, at + run));
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        copies.forEach(out::writeBytes);
        return spliced(bytes, at, at, out.toByteArray());
    }

    private static byte[] spliced(byte[] bytes, int from, int to, byte[] middle) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int end = Math.min(to, bytes.length);
        out.write(bytes, 0, from);
        out.writeBytes(middle);
        out.write(bytes, end, bytes.length - end);
        return out.toByteArray();
    }
}
