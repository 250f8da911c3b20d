package assay.engine.kernel;

import java.util.List;

/**
 * Every operation that a layer needs. Letters: T tokens of a micro-batch, N rows of a weight, K its
 * width, H query heads, G key/value heads, D head size.
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
     * magnitudes.
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
     * Turns each head's halves against each other: element i with element i + D/2 by the i-th angle
     * of the token. Source: RoFormer (arXiv 2104.09864), eq. 34, with the pairs laid out in halves.
     * Error: 1e-6 relative to the largest value of the head.
     *
     * @param x (T, heads * D), turned in place
     * @param turns (T, D): D/2 cosines, then D/2 sines
     */
    void rotate(Tensor x, Tensor turns);

    /**
     * Writes keys and values to their places. Exact.
     *
     * @param keys (T, G * D), already turned
     * @param values (T, G * D)
     */
    void storeKv(Tensor keys, Tensor values, KvBlocks cache, TokenPlaces places);

    /**
     * Causal attention of each token over the positions 0 to its own, which {@link #storeKv} has
     * filled. Query heads h * H/G to (h + 1) * H/G - 1 share key/value head h. Source: arXiv
     * 2305.13245. Error: 1e-5 relative to the largest value.
     *
     * @param queries (T, H * D), already turned
     * @param scale multiplies each score
     * @param out (T, H * D)
     */
    void attend(Tensor queries, KvBlocks cache, TokenPlaces places, float scale, Tensor out);

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
