package assay.engine.layer;

import assay.engine.kernel.Tensor;

/** The feed-forward block of one layer, with its weights. */
sealed interface FeedForward permits GatedBlock, ExpertMixture {
    /**
     * @param x (T, hidden), normalised
     * @param hidden (T, hidden), added to
     */
    void forward(Tensor x, Tensor hidden, LayerStep step);
}
