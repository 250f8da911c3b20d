package assay.engine.kernel;

import java.util.List;

/**
 * Every operation that a layer needs. Letters: T tokens of a micro-batch, N rows of a weight, K its
 * width, H query heads, G key/value heads, D size of what is turned in a head.
 *
 * <p>Two promises hold for each backend beside its error bounds, which are against {@link
 * ScalarBackend}:
 *
 * <ul>
 *   <li>the result for a token depends on that token and its sequence alone, bit for bit: not on
 *       the other tokens of the call, nor on the number of threads;
 *   <li>an operation has ended when it returns.
 * </ul>
 *
 * <p>Inputs are f32 unless they are weights; outputs are f32 and do not overlap inputs unless said.
 * A shape that does not fit is an {@link assay.engine.EngineException} of code STEP_INVALID. Not
 * thread-safe: one operation at a time.
 */
public interface Backend extends AutoCloseable {
    /** The name that {@link Backends#named} takes. */
    String name();

    /**
     * Makes room for the largest call to come, so that no step allocates.
     *
     * @param tokens of the largest micro-batch
     * @param width largest K
     * @param contextTokens largest position + 1
     */
    void reserve(int tokens, int width, int contextTokens);

    /**
     * Copies rows of an embedding. Exact.
     *
     * @param table (vocabulary, width), any type
     * @param ids T of them, each within the table
     * @param out (T, width)
     */
    void embed(Tensor table, int[] ids, Tensor out);

    /**
     * Divides each row by its root mean square and scales it. Source: RMSNorm (arXiv 1910.07467),
     * eq. 4. Error: 1e-5 relative to the largest value of the row.
     *
     * @param x (T, width)
     * @param weight (1, width), any type
     * @param out (T, width); may be {@code x} itself
     * @param epsilon added to the mean square, above 0
     */
    void rmsNorm(Tensor x, Tensor weight, Tensor out, float epsilon);

    /**
     * {@code outs[i] = x * transpose(weights[i])} for each i: several matrices over one input, as
     * one call so that the input is prepared once. Error: 1e-6 * K times the product of the largest
     * magnitudes, and 2e-5 for weights of Q8_0 and Q4_0, with which a backend may round inputs to
     * 16 bits of the largest of 32 neighbours.
     *
     * @param x (T, K)
     * @param weights each (N_i, K), any type
     * @param outs each (T, N_i)
     */
    void matmul(Tensor x, List<Tensor> weights, List<Tensor> outs);

    /**
     * {@code out += x * transpose(weight)}. Error as for {@link #matmul}.
     *
     * @param x (T, K)
     * @param weight (N, K), any type
     * @param out (T, N), added to
     */
    void addMatmul(Tensor x, Tensor weight, Tensor out);

    /**
     * {@code out_h = x_h * transpose(weight_h)} for each head h: a matrix of its own for each.
     * Error as for {@link #matmul}, with K = A.
     *
     * @param x (T, heads * A)
     * @param weight (heads * B, A), any type: the rows of head 0, then of head 1, ...
     * @param out (T, heads * B)
     */
    void projectHeads(Tensor x, Tensor weight, int heads, Tensor out);

    /**
     * Adds one row to each row. Exact but for the rounding of the sum.
     *
     * @param x (T, width), added to
     * @param row (1, width), any type
     */
    void addRow(Tensor x, Tensor row);

    /**
     * Turns the elements of each head against each other in pairs: pair i by the i-th angle of the
     * token. Source: RoFormer (arXiv 2104.09864), eq. 34. Error: 1e-6 relative to the largest value
     * of the head.
     *
     * @param x (T, heads * D), turned in place
     * @param turns (T, D): D/2 cosines, then D/2 sines
     * @param pairing which elements make a pair
     */
    void rotate(Tensor x, Tensor turns, RotaryPairing pairing);

    /**
     * Cuts each head in two. Exact.
     *
     * @param x (T, heads * (A + B))
     * @param left (T, heads * A)
     * @param right (T, heads * B)
     */
    void splitHeads(Tensor x, int heads, Tensor left, Tensor right);

    /**
     * The reverse of {@link #splitHeads}: puts {@code left} and {@code right} of each head
     * together.
     */
    void joinHeads(Tensor left, Tensor right, int heads, Tensor out);

    /**
     * Writes keys and values to their places. Exact.
     *
     * @param keys (T, G * keyDim), already turned
     * @param values (T, G * valueDim)
     */
    void storeKv(Tensor keys, Tensor values, KvBlocks cache, TokenPlaces places);

    /**
     * Causal attention of each token over the positions that the rule lets it see, up to its own,
     * which {@link #storeKv} has filled. Query heads h * H/G to (h + 1) * H/G - 1 share key/value
     * head h. Source: arXiv 2305.13245; of the window: arXiv 2310.06825, 2. Error: 1e-5 relative to
     * the largest value.
     *
     * @param queries (T, H * keyDim), already turned
     * @param out (T, H * valueDim)
     */
    void attend(Tensor queries, KvBlocks cache, TokenPlaces places, AttentionRule rule, Tensor out);

    /**
     * Copies rows. Exact.
     *
     * @param x (T, width)
     * @param rows R of them, each below T
     * @param out (R, width)
     */
    void gatherRows(Tensor x, int[] rows, Tensor out);

    /**
     * {@code out[rows[i]] += scales[i] * x[i]}, for i from 0 on; one rounding each (fused).
     *
     * @param x (R, width)
     * @param rows of {@code out}, each at most once
     * @param out (T, width), added to
     */
    void addScaledRows(Tensor x, int[] rows, float[] scales, Tensor out);

    /**
     * {@code out = gate * sigmoid(gate) * up}, element by element. Source: SwiGLU (arXiv
     * 2002.05202). Error: 1e-6 relative.
     *
     * @param gate (T, width)
     * @param up (T, width)
     * @param out (T, width); may be {@code gate} or {@code up} itself
     */
    void siluMultiply(Tensor gate, Tensor up, Tensor out);

    /** Ends the threads and frees the scratch memory. The tensors are the callers'. */
    @Override
    void close();
}
