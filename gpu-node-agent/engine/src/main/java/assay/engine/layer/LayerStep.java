package assay.engine.layer;

import assay.engine.kernel.Tensor;
import assay.engine.kernel.TokenPlaces;

/**
 * What all layers of a step share. Lives for one step.
 *
 * @param places where each token stands
 * @param turns (T, D) cosines and sines for {@link assay.engine.kernel.Backend#rotate}
 * @param scratch room for what a layer keeps between its operations
 */
public record LayerStep(TokenPlaces places, Tensor turns, Scratch scratch) {
    public int tokens() {
        return places.tokens();
    }

    /** A (T, width) matrix of the scratch memory. */
    Tensor room(Scratch.Slot slot, int width) {
        return scratch.room(slot, tokens(), width);
    }
}
