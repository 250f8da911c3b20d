package assay.engine.gpu;

import assay.engine.kernel.RotaryPairing;
import assay.engine.model.AttentionSpec;
import assay.engine.model.FeedForwardSpec;
import assay.engine.model.LayerSpec;
import assay.engine.model.ModelSpec;
import assay.engine.model.RopeSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** Shapes of published models, from their config.json, for measurements without their weights. */
final class Shapes {
    private static final int LLAMA_VOCABULARY = 128_256;
    private static final double LLAMA_THETA = 500_000;

    private Shapes() {}

    static ModelSpec named(String name, int layers) {
        return switch (name) {
            case "llama3-8b" -> llama(layers == 0 ? 32 : layers, 4_096, 32, 14_336);
            case "llama3-70b" -> llama(layers == 0 ? 80 : layers, 8_192, 64, 28_672);
            case "deepseek3" -> deepseek(layers == 0 ? 61 : layers);
            default ->
                    throw new IllegalArgumentException(
                            name + " (expected: llama3-8b, llama3-70b or deepseek3)");
        };
    }

    private static ModelSpec llama(int layers, int hidden, int heads, int inner) {
        AttentionSpec attention =
                new AttentionSpec.GroupedQuery(heads, 8, 128, false, false, false, 0);
        LayerSpec layer = new LayerSpec(attention, new FeedForwardSpec.Dense(inner, false));
        return spec(
                "llama",
                LLAMA_VOCABULARY,
                hidden,
                java.util.Collections.nCopies(layers, layer),
                new RopeSpec.Plain(LLAMA_THETA),
                RotaryPairing.HALVES);
    }

    /** DeepSeek-V3 (arXiv 2412.19437), 4.2; the scale of YaRN is left out. */
    private static ModelSpec deepseek(int layers) {
        AttentionSpec attention =
                new AttentionSpec.Latent(
                        128, 1_536, 512, 128, 64, 128, false, (float) (1 / Math.sqrt(192)));
        List<LayerSpec> all = new ArrayList<>();
        for (int i = 0; i < layers; i++) {
            all.add(
                    new LayerSpec(
                            attention,
                            i < 3
                                    ? new FeedForwardSpec.Dense(18_432, false)
                                    : new FeedForwardSpec.Experts(
                                            256,
                                            8,
                                            2_048,
                                            2_048,
                                            new FeedForwardSpec.Router.GroupedSigmoid(
                                                    8, 4, true, 2.5f))));
        }
        return spec(
                "deepseek_v3",
                129_280,
                7_168,
                all,
                new RopeSpec.Plain(10_000),
                RotaryPairing.PAIRS);
    }

    private static ModelSpec spec(
            String architecture,
            int vocabulary,
            int hidden,
            List<LayerSpec> layers,
            RopeSpec rope,
            RotaryPairing pairing) {
        return new ModelSpec(
                architecture,
                vocabulary,
                hidden,
                8_192,
                1e-5f,
                layers,
                rope,
                pairing,
                false,
                OptionalInt.empty(),
                Set.of());
    }
}
