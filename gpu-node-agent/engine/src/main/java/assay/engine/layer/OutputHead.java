package assay.engine.layer;

import assay.engine.kernel.Backend;
import assay.engine.kernel.Tensor;
import assay.engine.model.ModelSpec;
import assay.engine.weights.StageWeights;
import assay.engine.weights.TensorNames;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Final norm and output layer: hidden states to logits. */
public final class OutputHead {
    private final Backend backend;
    private final float epsilon;
    private final Tensor norm;
    private final Tensor output;
    private final Tensor chosen;
    private final Tensor logits;

    /**
     * @param maxRows hidden states that one call may take
     */
    public OutputHead(
            Arena arena, ModelSpec spec, StageWeights weights, Backend backend, int maxRows) {
        this.backend = backend;
        this.epsilon = spec.rmsNormEpsilon();
        this.norm = weights.tensor(TensorNames.FINAL_NORM, spec.hiddenSize());
        this.output =
                weights.tensor(TensorNames.output(spec), spec.vocabularySize(), spec.hiddenSize());
        this.chosen = Tensor.allocate(arena, maxRows, spec.hiddenSize());
        this.logits = Tensor.allocate(arena, maxRows, spec.vocabularySize());
    }

    public int maxRows() {
        return chosen.rows();
    }

    /**
     * Rates every id of the vocabulary as the successor of some tokens.
     *
     * @param hidden (T, hidden)
     * @param rows which of them, at most maxRows
     * @return (rows, vocabulary), valid until the next call
     */
    public Tensor logits(Tensor hidden, int[] rows) {
        Tensor picked = states(hidden, rows);
        Tensor out = logits.rows(0, rows.length);
        backend.matmul(picked, List.of(output), List.of(out));
        return out;
    }

    /**
     * Hidden states of some tokens behind the final norm.
     *
     * @param hidden (T, hidden)
     * @param rows which of them, at most maxRows
     * @return (rows, hidden), valid until the next call
     */
    public Tensor states(Tensor hidden, int[] rows) {
        long rowBytes = hidden.rowBytes();
        for (int i = 0; i < rows.length; i++) {
            MemorySegment.copy(
                    hidden.data(), rows[i] * rowBytes, chosen.data(), i * rowBytes, rowBytes);
        }
        Tensor picked = chosen.rows(0, rows.length);
        backend.rmsNorm(picked, norm, picked, epsilon);
        return picked;
    }
}
