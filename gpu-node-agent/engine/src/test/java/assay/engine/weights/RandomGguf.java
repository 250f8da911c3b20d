package assay.engine.weights;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Llama-shaped GGUF files with random weights, the same for the same seed, with a byte-level BPE
 * vocabulary: for benches and tests. llama.cpp loads them too.
 */
public final class RandomGguf {
    private static final int BYTE_TOKENS = 256;
    private static final int NORMAL = 1;
    private static final int CONTROL = 3;
    private static final int UNUSED = 5;
    private static final List<String> MERGES =
            List.of("t h", "th e", "i n", "a n", "an d", "Ġ the", "Ġ and", "e r", "o n", "r e");

    /**
     * What is to be made.
     *
     * @param type of all matrices; norms are F32
     * @param tied without an output layer of its own
     */
    public record Shape(
            GgmlType type,
            int vocabulary,
            int hidden,
            int inner,
            int layers,
            int heads,
            int kvHeads,
            int context,
            boolean tied) {

        /** About 1.1 billion parameters, the proportions of published 1 B llamas. */
        public static Shape oneBillion(GgmlType type) {
            return new Shape(type, 32_000, 2_048, 5_632, 22, 32, 4, 4_096, false);
        }

        /** A few hundred thousand parameters; every width is whole blocks of all types. */
        public static Shape tiny(GgmlType type) {
            return new Shape(type, 320, 256, 512, 2, 4, 2, 512, false);
        }
    }

    private final Shape shape;
    private final long seed;
    private final GgufWriter writer = new GgufWriter();

    private RandomGguf(Shape shape, long seed) {
        this.shape = shape;
        this.seed = seed;
    }

    /** Writes the file. */
    public static void write(Path path, Shape shape, long seed) throws IOException {
        RandomGguf model = new RandomGguf(shape, seed);
        model.metadata();
        model.tensors();
        model.writer.write(path);
    }

    private void metadata() {
        writer.text("general.architecture", "llama")
                .text("general.name", "random")
                .u32("llama.context_length", shape.context())
                .u32("llama.embedding_length", shape.hidden())
                .u32("llama.block_count", shape.layers())
                .u32("llama.feed_forward_length", shape.inner())
                .u32("llama.attention.head_count", shape.heads())
                .u32("llama.attention.head_count_kv", shape.kvHeads())
                .f32("llama.attention.layer_norm_rms_epsilon", 1e-5f)
                .u32("llama.rope.dimension_count", shape.hidden() / shape.heads())
                .f32("llama.rope.freq_base", 10_000)
                .u32("llama.vocab_size", shape.vocabulary());
        vocabulary(writer, shape.vocabulary());
    }

    /**
     * A byte-level BPE vocabulary: the 256 bytes, ten merges, begin and end of text, and unused
     * tokens up to {@code size}.
     *
     * @param size at least 268
     */
    public static void vocabulary(GgufWriter writer, int size) {
        List<String> tokens = new ArrayList<>();
        for (int b = 0; b < BYTE_TOKENS; b++) {
            tokens.add(Character.toString(visible(b)));
        }
        MERGES.forEach(merge -> tokens.add(merge.replace(" ", "")));
        int bos = tokens.size();
        tokens.add("<|begin|>");
        tokens.add("<|end|>");
        int[] types = new int[size];
        for (int id = 0; id < size; id++) {
            types[id] = id < bos ? NORMAL : id < bos + 2 ? CONTROL : UNUSED;
            if (id >= bos + 2) {
                tokens.add("<|unused_%d|>".formatted(id));
            }
        }
        writer.text("tokenizer.ggml.model", "gpt2")
                .text("tokenizer.ggml.pre", "llama-bpe")
                .texts("tokenizer.ggml.tokens", tokens)
                .ints("tokenizer.ggml.token_type", types)
                .texts("tokenizer.ggml.merges", MERGES)
                .u32("tokenizer.ggml.bos_token_id", bos)
                .u32("tokenizer.ggml.eos_token_id", bos + 1)
                .flag("tokenizer.ggml.add_bos_token", true);
    }

    /**
     * The character that stands for a byte in byte-level BPE: printable Latin-1 for itself, the
     * others from U+0100 on. Source: GPT-2's encoder.py.
     */
    private static int visible(int value) {
        int hidden = 0;
        for (int b = 0; b < BYTE_TOKENS; b++) {
            boolean printable = (b >= 33 && b <= 126) || (b >= 161 && b != 173);
            if (b == value) {
                return printable ? b : BYTE_TOKENS + hidden;
            }
            hidden += printable ? 0 : 1;
        }
        throw new IllegalArgumentException("byte: " + value);
    }

    private void tensors() {
        int hidden = shape.hidden();
        int kvWidth = hidden / shape.heads() * shape.kvHeads();
        matrix("token_embd.weight", shape.vocabulary(), hidden);
        norm("output_norm.weight");
        if (!shape.tied()) {
            matrix("output.weight", shape.vocabulary(), hidden);
        }
        for (int i = 0; i < shape.layers(); i++) {
            String layer = "blk." + i + ".";
            norm(layer + "attn_norm.weight");
            matrix(layer + "attn_q.weight", hidden, hidden);
            matrix(layer + "attn_k.weight", kvWidth, hidden);
            matrix(layer + "attn_v.weight", kvWidth, hidden);
            matrix(layer + "attn_output.weight", hidden, hidden);
            norm(layer + "ffn_norm.weight");
            matrix(layer + "ffn_gate.weight", shape.inner(), hidden);
            matrix(layer + "ffn_up.weight", shape.inner(), hidden);
            matrix(layer + "ffn_down.weight", hidden, shape.inner());
        }
    }

    private void norm(String name) {
        writer.tensor(
                name, GgmlType.F32, (row, into) -> java.util.Arrays.fill(into, 1), shape.hidden());
    }

    private void matrix(String name, int rows, int width) {
        float scale = (float) (1 / Math.sqrt(width));
        long stream = seed;
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            stream = mixed(stream * 31 + b);
        }
        long own = stream;
        writer.tensor(
                name,
                shape.type(),
                (row, into) -> {
                    for (int i = 0; i < into.length; i++) {
                        into[i] = scale * bell(mixed(own + (long) row * width + i));
                    }
                },
                rows,
                width);
    }

    /** Four uniform numbers of 16 bits added up and scaled to variance 1: nearly normal. */
    private static float bell(long bits) {
        long sum =
                (bits & 0xFFFF) + (bits >>> 16 & 0xFFFF) + (bits >>> 32 & 0xFFFF) + (bits >>> 48);
        return (sum / 65_536f - 2) * 1.7320508f;
    }

    /** SplitMix64's finaliser (Steele, Lea, Flood 2014). */
    private static long mixed(long z) {
        long x = z * 0x9E3779B97F4A7C15L;
        x = (x ^ x >>> 30) * 0xBF58476D1CE4E5B9L;
        x = (x ^ x >>> 27) * 0x94D049BB133111EBL;
        return x ^ x >>> 31;
    }
}
