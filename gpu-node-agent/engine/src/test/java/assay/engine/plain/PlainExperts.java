package assay.engine.plain;

import static assay.engine.plain.Numbers.map;
import static assay.engine.plain.Numbers.plus;
import static assay.engine.plain.Numbers.scaled;
import static assay.engine.plain.Numbers.softmax;
import static assay.engine.plain.Numbers.times;

import java.util.Arrays;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Mixtures of experts, token by token. */
final class PlainExperts {
    private final JsonNode config;
    private final PlainNetwork network;
    private final boolean mixtral;
    private final int count;
    private final int perToken;
    private final int inner;

    PlainExperts(JsonNode config, PlainNetwork network) {
        this.config = config;
        this.network = network;
        this.mixtral = network.type.equals("mixtral");
        this.count =
                config.path(network.latent ? "n_routed_experts" : "num_local_experts")
                        .asInt(config.path("num_experts").asInt());
        this.perToken = config.path("num_experts_per_tok").asInt();
        this.inner = config.path(mixtral ? "intermediate_size" : "moe_intermediate_size").asInt();
    }

    double[] forward(double[] x, String layer) {
        String block = layer + (mixtral ? "block_sparse_moe." : "mlp.");
        double[] logits = times(network.matrix(block + "gate.weight", count, x.length), x);
        double[] weights = network.latent ? grouped(logits, block) : likeliest(logits);
        double[] sum = new double[x.length];
        for (int i = 0; i < count; i++) {
            String expert = block + "experts." + i + ".";
            String gate = expert + (mixtral ? "w1" : "gate_proj");
            String up = expert + (mixtral ? "w3" : "up_proj");
            String down = expert + (mixtral ? "w2" : "down_proj");
            if (weights[i] == 0) {
                // Files hold experts that no token of a test visits.
                network.matrix(gate + ".weight", inner, x.length);
                network.matrix(up + ".weight", inner, x.length);
                network.matrix(down + ".weight", x.length, inner);
                continue;
            }
            double[] out = network.gated(x, inner, false, gate, up, down);
            sum = plus(sum, scaled(out, weights[i]));
        }
        int shared = config.path("n_shared_experts").asInt(0) * inner;
        return shared == 0
                ? sum
                : plus(sum, network.gated(x, shared, false, block + "shared_experts."));
    }

    /** A weight for each expert, 0 for those that are not chosen. */
    private double[] likeliest(double[] logits) {
        double[] shares = softmax(logits);
        double[] weights = chosen(shares, Numbers.largest(shares, perToken));
        boolean normalised = mixtral || config.path("norm_topk_prob").asBoolean(false);
        return normalised ? scaled(weights, 1 / Arrays.stream(weights).sum()) : weights;
    }

    private double[] grouped(double[] logits, String block) {
        double[] scores = map(logits, Numbers::sigmoid);
        double[] rated =
                plus(scores, network.vector(block + "gate.e_score_correction_bias", count));
        int groups = config.path("n_group").asInt();
        int size = count / groups;
        double[] groupRatings = new double[groups];
        for (int g = 0; g < groups; g++) {
            double[] group = Numbers.part(rated, g * size, size);
            for (int best : Numbers.largest(group, 2)) {
                groupRatings[g] += group[best];
            }
        }
        List<Integer> kept = Numbers.largest(groupRatings, config.path("topk_group").asInt());
        for (int i = 0; i < count; i++) {
            if (!kept.contains(i / size)) {
                rated[i] = Double.NEGATIVE_INFINITY;
            }
        }
        double[] weights = chosen(scores, Numbers.largest(rated, perToken));
        if (config.path("norm_topk_prob").asBoolean(true)) {
            weights = scaled(weights, 1 / (Arrays.stream(weights).sum() + 1e-20));
        }
        return scaled(weights, config.path("routed_scaling_factor").asDouble(2.5));
    }

    private static double[] chosen(double[] values, List<Integer> indices) {
        double[] out = new double[values.length];
        indices.forEach(i -> out[i] = values[i]);
        return out;
    }
}
