package assay.engine.plain;

import tools.jackson.databind.JsonNode;

/** Rotary positions as a config asks for them. */
final class PlainRotation {
    private final double[] frequencies;
    private final double magnitude;
    private final boolean neighbours;

    /** What deepseek multiplies scores by. */
    final double scoreFactor;

    /**
     * @param neighbours pairs are elements 2i and 2i + 1, not i and i + dim/2
     */
    PlainRotation(JsonNode config, int dim, double defaultTheta, boolean neighbours) {
        JsonNode rope =
                config.path("rope_parameters").isObject()
                        ? config.path("rope_parameters")
                        : config.path("rope_scaling");
        double theta =
                rope.path("rope_theta").asDouble(config.path("rope_theta").asDouble(defaultTheta));
        String type = rope.path("rope_type").asString(rope.path("type").asString("default"));
        double factor = rope.path("factor").asDouble(1);
        double original =
                rope.path("original_max_position_embeddings")
                        .asDouble(config.path("max_position_embeddings").asDouble());
        this.neighbours = neighbours;
        this.frequencies = new double[dim / 2];
        for (int i = 0; i < dim / 2; i++) {
            double plain = 1 / Math.pow(theta, 2.0 * i / dim);
            frequencies[i] =
                    switch (type) {
                        case "default" -> plain;
                        case "linear" -> plain / factor;
                        case "llama3" -> llama3(rope, plain, factor, original);
                        case "yarn" -> yarn(rope, plain, factor, original, theta, i, dim);
                        default -> throw new AssertionError(type);
                    };
        }
        double allDim = rope.path("mscale_all_dim").asDouble(0);
        double own = rope.path("mscale").asDouble(0);
        boolean yarn = type.equals("yarn");
        double usual = own * allDim == 0 ? log(factor, 1) : log(factor, own) / log(factor, allDim);
        this.magnitude = yarn ? rope.path("attention_factor").asDouble(usual) : 1;
        this.scoreFactor = yarn && allDim != 0 ? Math.pow(log(factor, allDim), 2) : 1;
    }

    private static double log(double factor, double m) {
        return factor <= 1 ? 1 : 0.1 * m * Math.log(factor) + 1;
    }

    private static double llama3(JsonNode rope, double plain, double factor, double original) {
        double turns = original * plain / (2 * Math.PI);
        double low = rope.path("low_freq_factor").asDouble();
        double high = rope.path("high_freq_factor").asDouble();
        double kept = Math.clamp((turns - low) / (high - low), 0, 1);
        return plain * (kept + (1 - kept) / factor);
    }

    private static double yarn(
            JsonNode rope,
            double plain,
            double factor,
            double original,
            double theta,
            int i,
            int dim) {
        double fast = rope.path("beta_fast").asDouble(32);
        double slow = rope.path("beta_slow").asDouble(1);
        double low = dim * Math.log(original / (fast * 2 * Math.PI)) / (2 * Math.log(theta));
        double high = dim * Math.log(original / (slow * 2 * Math.PI)) / (2 * Math.log(theta));
        if (rope.path("truncate").asBoolean(true)) {
            low = Math.floor(low);
            high = Math.ceil(high);
        }
        low = Math.max(low, 0);
        high = Math.min(high, dim - 1);
        if (low == high) {
            high += 0.001;
        }
        double stretched = Math.clamp((i - low) / (high - low), 0, 1);
        return plain * (stretched / factor + 1 - stretched);
    }

    double[] turned(double[] x, int position) {
        double[] out = new double[x.length];
        int half = x.length / 2;
        for (int i = 0; i < half; i++) {
            int a = neighbours ? 2 * i : i;
            int b = neighbours ? 2 * i + 1 : i + half;
            double cosine = magnitude * Math.cos(position * frequencies[i]);
            double sine = magnitude * Math.sin(position * frequencies[i]);
            out[a] = x[a] * cosine - x[b] * sine;
            out[b] = x[b] * cosine + x[a] * sine;
        }
        return out;
    }
}
