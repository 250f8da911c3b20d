package assay.engine.plain;

import static assay.engine.plain.Numbers.dot;
import static assay.engine.plain.Numbers.joined;
import static assay.engine.plain.Numbers.part;
import static assay.engine.plain.Numbers.plus;
import static assay.engine.plain.Numbers.rootMeanSquareNorm;
import static assay.engine.plain.Numbers.scaled;
import static assay.engine.plain.Numbers.times;

import tools.jackson.databind.JsonNode;

/**
 * A decoder as its papers write it: the whole sequence at once, every key and value expanded, in
 * double precision.
 */
final class PlainNetwork {
    final String type;
    final boolean latent;
    private final JsonNode config;
    private final Weights weights;
    private final int hidden;
    private final int heads;
    private final int headDim;
    private final double epsilon;
    private final PlainRotation rotation;

    PlainNetwork(JsonNode config, Weights weights) {
        this.config = config;
        this.weights = weights;
        this.type = config.path("model_type").asString();
        this.latent = type.equals("deepseek_v3");
        this.hidden = config.path("hidden_size").asInt();
        this.heads = config.path("num_attention_heads").asInt();
        this.headDim =
                latent
                        ? config.path("qk_rope_head_dim").asInt()
                        : config.path("head_dim").asInt(hidden / heads);
        this.epsilon = config.path("rms_norm_eps").asDouble();
        boolean neighbours = latent && config.path("rope_interleave").asBoolean(true);
        double theta = type.equals("mixtral") ? 1e6 : 1e4;
        this.rotation = new PlainRotation(config, headDim, theta, neighbours);
    }

    double[][] matrix(String name, int rows, int width) {
        return weights.matrix(name, rows, width);
    }

    double[] vector(String name, int width) {
        return weights.vector(name, width);
    }

    /** The logits after each token. */
    double[][] logits(int[] ids) {
        int vocabulary = config.path("vocab_size").asInt();
        double[][] embedding = matrix("model.embed_tokens.weight", vocabulary, hidden);
        double[][] x = new double[ids.length][];
        for (int t = 0; t < ids.length; t++) {
            x[t] = embedding[ids[t]];
        }
        PlainExperts experts = new PlainExperts(config, this);
        for (int i = 0; i < config.path("num_hidden_layers").asInt(); i++) {
            String layer = "model.layers." + i + ".";
            double[][] attended = attention(normed(x, layer + "input_layernorm"), layer, i);
            for (int t = 0; t < x.length; t++) {
                x[t] = plus(x[t], attended[t]);
            }
            double[][] normed = normed(x, layer + "post_attention_layernorm");
            for (int t = 0; t < x.length; t++) {
                double[] out =
                        sparse(i)
                                ? experts.forward(normed[t], layer)
                                : gated(
                                        normed[t],
                                        config.path("intermediate_size").asInt(),
                                        config.path("mlp_bias").asBoolean(false),
                                        layer + "mlp.");
                x[t] = plus(x[t], out);
            }
        }
        double[][] last = normed(x, "model.norm");
        double[][] output =
                config.path("tie_word_embeddings").asBoolean(false)
                        ? embedding
                        : matrix("lm_head.weight", vocabulary, hidden);
        double[][] logits = new double[ids.length][];
        for (int t = 0; t < ids.length; t++) {
            logits[t] = times(output, last[t]);
        }
        return logits;
    }

    private boolean sparse(int layer) {
        return switch (type) {
            case "mixtral" -> true;
            case "deepseek_v3" -> layer >= config.path("first_k_dense_replace").asInt();
            case "qwen3_moe" -> {
                boolean listed = false;
                for (JsonNode index : config.path("mlp_only_layers")) {
                    listed |= index.asInt() == layer;
                }
                int step = config.path("decoder_sparse_step").asInt(1);
                yield !listed && (layer + 1) % step == 0;
            }
            default -> false;
        };
    }

    private double[][] normed(double[][] x, String name) {
        double[] weight = vector(name + ".weight", hidden);
        double[][] out = new double[x.length][];
        for (int t = 0; t < x.length; t++) {
            out[t] = rootMeanSquareNorm(x[t], weight, epsilon);
        }
        return out;
    }

    double[] linear(double[] x, String name, int rows, boolean bias) {
        double[] product = times(matrix(name + ".weight", rows, x.length), x);
        return bias ? plus(product, vector(name + ".bias", rows)) : product;
    }

    double[] gated(double[] x, int inner, boolean bias, String block) {
        return gated(x, inner, bias, block + "gate_proj", block + "up_proj", block + "down_proj");
    }

    double[] gated(double[] x, int inner, boolean bias, String gate, String up, String down) {
        double[] gates = linear(x, gate, inner, bias);
        double[] ups = linear(x, up, inner, bias);
        double[] both = new double[inner];
        for (int i = 0; i < inner; i++) {
            both[i] = gates[i] * Numbers.sigmoid(gates[i]) * ups[i];
        }
        return linear(both, down, x.length, bias);
    }

    /** Keys and values of one layer, (tokens, heads, elements). */
    @SuppressWarnings("ArrayRecordComponent") // plain on purpose, never compared
    private record Expanded(double[][][] queries, double[][][] keys, double[][][] values) {}

    private double[][] attention(double[][] x, String layer, int index) {
        String self = layer + "self_attn.";
        Expanded all = latent ? latent(x, self) : grouped(x, self);
        boolean bias = !type.equals("qwen2") && config.path("attention_bias").asBoolean(false);
        int window = window(index);
        double[][] out = new double[x.length][];
        for (int t = 0; t < x.length; t++) {
            double[] values = {};
            for (int head = 0; head < heads; head++) {
                values = joined(values, mix(all, t, head, window));
            }
            out[t] = linear(values, self + "o_proj", hidden, bias);
        }
        return out;
    }

    private double[] mix(Expanded all, int t, int head, int window) {
        int kvHead = head * all.keys()[0].length / heads;
        double[] query = all.queries()[t][head];
        double scale = (latent ? rotation.scoreFactor : 1) / Math.sqrt(query.length);
        int first = window == 0 ? 0 : Math.max(0, t - window + 1);
        double[] scores = new double[t + 1 - first];
        for (int p = first; p <= t; p++) {
            scores[p - first] = dot(query, all.keys()[p][kvHead]) * scale;
        }
        double[] shares = Numbers.softmax(scores);
        double[] sum = new double[all.values()[0][kvHead].length];
        for (int p = first; p <= t; p++) {
            sum = plus(sum, scaled(all.values()[p][kvHead], shares[p - first]));
        }
        return sum;
    }

    private int window(int layer) {
        JsonNode window = config.path("sliding_window");
        boolean qwen = type.startsWith("qwen");
        if (!window.isNumber() || (qwen && !config.path("use_sliding_window").asBoolean(false))) {
            return 0;
        }
        JsonNode types = config.path("layer_types");
        boolean slides =
                types.isArray()
                        ? types.get(layer).asString().equals("sliding_attention")
                        : layer >= config.path("max_window_layers").asInt(0);
        return slides ? window.asInt() : 0;
    }

    private Expanded grouped(double[][] x, String self) {
        int kvHeads = config.path("num_key_value_heads").asInt(heads);
        boolean bias = type.equals("qwen2") || config.path("attention_bias").asBoolean(false);
        boolean norms = type.startsWith("qwen3");
        double[][][] queries = new double[x.length][][];
        double[][][] keys = new double[x.length][][];
        double[][][] values = new double[x.length][][];
        for (int t = 0; t < x.length; t++) {
            queries[t] = heads(linear(x[t], self + "q_proj", heads * headDim, bias), heads);
            keys[t] = heads(linear(x[t], self + "k_proj", kvHeads * headDim, bias), kvHeads);
            values[t] = heads(linear(x[t], self + "v_proj", kvHeads * headDim, bias), kvHeads);
            turn(queries[t], norms ? self + "q_norm" : "", t);
            turn(keys[t], norms ? self + "k_norm" : "", t);
        }
        return new Expanded(queries, keys, values);
    }

    private void turn(double[][] all, String norm, int position) {
        for (int head = 0; head < all.length; head++) {
            double[] one =
                    norm.isEmpty()
                            ? all[head]
                            : rootMeanSquareNorm(
                                    all[head], vector(norm + ".weight", headDim), epsilon);
            all[head] = rotation.turned(one, position);
        }
    }

    private static double[][] heads(double[] row, int count) {
        double[][] out = new double[count][];
        for (int head = 0; head < count; head++) {
            out[head] = part(row, head * (row.length / count), row.length / count);
        }
        return out;
    }

    private Expanded latent(double[][] x, String self) {
        boolean bias = config.path("attention_bias").asBoolean(false);
        int plain = config.path("qk_nope_head_dim").asInt();
        int valueDim = config.path("v_head_dim").asInt();
        int rank = config.path("kv_lora_rank").asInt();
        int queryRank = config.path("q_lora_rank").asInt(0);
        int queryWidth = heads * (plain + headDim);
        double[][][] queries = new double[x.length][][];
        double[][][] keys = new double[x.length][heads][];
        double[][][] values = new double[x.length][heads][];
        for (int t = 0; t < x.length; t++) {
            double[] query;
            if (queryRank == 0) {
                query = linear(x[t], self + "q_proj", queryWidth, false);
            } else {
                double[] low = linear(x[t], self + "q_a_proj", queryRank, bias);
                double[] norm = vector(self + "q_a_layernorm.weight", queryRank);
                low = rootMeanSquareNorm(low, norm, 1e-6);
                query = linear(low, self + "q_b_proj", queryWidth, false);
            }
            queries[t] = heads(query, heads);
            double[] squeezed = linear(x[t], self + "kv_a_proj_with_mqa", rank + headDim, bias);
            double[] norm = vector(self + "kv_a_layernorm.weight", rank);
            double[] low = rootMeanSquareNorm(part(squeezed, 0, rank), norm, 1e-6);
            double[] turned = rotation.turned(part(squeezed, rank, headDim), t);
            double[][] both =
                    heads(
                            linear(low, self + "kv_b_proj", heads * (plain + valueDim), false),
                            heads);
            for (int head = 0; head < heads; head++) {
                double[] own = queries[t][head];
                queries[t][head] =
                        joined(part(own, 0, plain), rotation.turned(part(own, plain, headDim), t));
                keys[t][head] = joined(part(both[head], 0, plain), turned);
                values[t][head] = part(both[head], plain, valueDim);
            }
        }
        return new Expanded(queries, keys, values);
    }
}
