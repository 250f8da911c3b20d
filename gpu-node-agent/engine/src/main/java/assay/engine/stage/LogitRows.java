package assay.engine.stage;

import assay.engine.kernel.Tensor;

/**
 * The end of a network over the hidden states of the step that ran last: what {@link Readout} asks
 * of a stage. Confined to the stage's thread.
 */
public interface LogitRows {
    /** Rows that one call may ask for. */
    int maxRows();

    /**
     * Rates every id of the vocabulary as the successor of some tokens.
     *
     * @param rows tokens of the step, at most maxRows
     * @return (rows, vocabulary) f32 in main memory, valid until the next call
     */
    Tensor logits(int[] rows);

    /**
     * Hidden states of some tokens behind the final norm.
     *
     * @param rows tokens of the step, at most maxRows
     * @return (rows, hidden) f32 in main memory, valid until the next call
     */
    Tensor states(int[] rows);
}
