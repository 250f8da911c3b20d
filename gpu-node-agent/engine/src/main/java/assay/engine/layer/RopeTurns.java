package assay.engine.layer;

import assay.engine.kernel.Tensor;
import assay.engine.model.ModelSpec;
import java.lang.foreign.Arena;

/**
 * Cosines and sines of the positions in a step. Computed anew for each step: for the few positions
 * of a micro-batch that is cheaper than a table over a context of a hundred thousand is large.
 */
public final class RopeTurns {
    private final double[] frequencies;
    private final double magnitude;
    private final Tensor turns;

    public RopeTurns(Arena arena, ModelSpec spec, int maxTokens) {
        frequencies = new double[spec.turnedDim() / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = spec.rope().inverseFrequency(i, spec.turnedDim());
        }
        magnitude = spec.rope().magnitude();
        turns = Tensor.allocate(arena, maxTokens, spec.turnedDim());
    }

    /** (T, D), valid until the next call. */
    public Tensor at(int[] positions) {
        for (int t = 0; t < positions.length; t++) {
            for (int i = 0; i < frequencies.length; i++) {
                double angle = positions[t] * frequencies[i];
                turns.set(t, i, (float) (magnitude * Math.cos(angle)));
                turns.set(t, frequencies.length + i, (float) (magnitude * Math.sin(angle)));
            }
        }
        return turns.rows(0, positions.length);
    }
}
