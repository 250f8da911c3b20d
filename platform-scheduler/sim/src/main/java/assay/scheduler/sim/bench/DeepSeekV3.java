package assay.scheduler.sim.bench;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.Experts;
import assay.scheduler.core.cluster.LayerCache;
import assay.scheduler.core.cluster.ModelLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The bytes of DeepSeek-V3 by formula, from its published config.json: no file is needed. Without
 * the extra layer that predicts a second token. Source: arXiv 2412.19437, 4.2, and the model's
 * card.
 */
final class DeepSeekV3 {
    static final int HIDDEN = 7_168;
    static final int VOCABULARY = 129_280;
    private static final int LAYERS = 61;
    private static final int DENSE_LAYERS = 3;
    private static final int HEADS = 128;
    private static final int QUERY_RANK = 1_536;
    private static final int LATENT_RANK = 512;
    private static final int PLAIN = 128;
    private static final int TURNED = 64;
    private static final int VALUE = 128;
    private static final int DENSE_WIDTH = 18_432;
    private static final int EXPERT_WIDTH = 2_048;
    private static final int EXPERTS = 256;
    private static final int ACTIVE = 8;

    /** Weights in eight bits have one f32 scale for each square of so many numbers a side. */
    private static final int SQUARE = 128;

    private DeepSeekV3() {}

    static ModelLayout layout() {
        var layers = new ArrayList<Bytes>();
        var experts = new ArrayList<Bytes>();
        for (int layer = 0; layer < LAYERS; layer++) {
            boolean dense = layer < DENSE_LAYERS;
            long routed = dense ? 0 : EXPERTS * feedForward(EXPERT_WIDTH);
            long shared = dense ? feedForward(DENSE_WIDTH) : feedForward(EXPERT_WIDTH) + router();
            layers.add(Bytes.of(attention() + shared + routed));
            experts.add(Bytes.of(routed));
        }
        return new ModelLayout(
                Bytes.of(wide((long) VOCABULARY * HIDDEN)),
                layers,
                Bytes.of(wide((long) VOCABULARY * HIDDEN + HIDDEN)),
                false,
                Collections.nCopies(LAYERS, LayerCache.latent(LATENT_RANK, TURNED)),
                new Experts(EXPERTS, ACTIVE, experts),
                HIDDEN,
                VOCABULARY);
    }

    /** Numbers that training has found. */
    static long parameters() {
        long attention =
                products(QUERY_RANK, HIDDEN)
                        + products(HEADS * (PLAIN + TURNED), QUERY_RANK)
                        + products(LATENT_RANK + TURNED, HIDDEN)
                        + products(HEADS * (PLAIN + VALUE), LATENT_RANK)
                        + products(HIDDEN, HEADS * VALUE)
                        + QUERY_RANK
                        + LATENT_RANK
                        + 2L * HIDDEN;
        long dense = 3 * products(DENSE_WIDTH, HIDDEN);
        long expert = 3 * products(EXPERT_WIDTH, HIDDEN);
        long mixed = (EXPERTS + 1) * expert + products(EXPERTS, HIDDEN) + EXPERTS;
        return LAYERS * attention
                + DENSE_LAYERS * dense
                + (LAYERS - DENSE_LAYERS) * mixed
                + 2L * VOCABULARY * HIDDEN
                + HIDDEN;
    }

    private static long products(int rows, int columns) {
        return (long) rows * columns;
    }

    private static long attention() {
        return narrow(QUERY_RANK, HIDDEN)
                + narrow(HEADS * (PLAIN + TURNED), QUERY_RANK)
                + narrow(LATENT_RANK + TURNED, HIDDEN)
                + narrow(HEADS * (PLAIN + VALUE), LATENT_RANK)
                + narrow(HIDDEN, HEADS * VALUE)
                + wide(QUERY_RANK + LATENT_RANK + 2L * HIDDEN);
    }

    private static long feedForward(int width) {
        return 2 * narrow(width, HIDDEN) + narrow(HIDDEN, width);
    }

    /** Its corrections are f32. */
    private static long router() {
        return wide((long) EXPERTS * HIDDEN) + (long) EXPERTS * Float.BYTES;
    }

    /** Eight bits and scales. */
    private static long narrow(int rows, int columns) {
        long squares = (long) Math.ceilDiv(rows, SQUARE) * Math.ceilDiv(columns, SQUARE);
        return (long) rows * columns + squares * Float.BYTES;
    }

    /** Sixteen bits. */
    private static long wide(long numbers) {
        return 2 * numbers;
    }

    /** Bytes of all weights. */
    static Bytes bytes() {
        ModelLayout layout = layout();
        List<Bytes> layers = layout.layers();
        return layers.stream().reduce(layout.embedding().plus(layout.head()), Bytes::plus);
    }
}
