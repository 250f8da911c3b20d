package assay.engine.layer;

import assay.engine.kernel.Tensor;

/** The attention of one layer, with its weights and its part of the cache. */
sealed interface Attention permits GroupedQueryAttention, LatentAttention {
    /**
     * @param x (T, hidden), normalised
     * @param hidden (T, hidden), added to
     */
    void forward(Tensor x, Tensor hidden, LayerStep step);
}
