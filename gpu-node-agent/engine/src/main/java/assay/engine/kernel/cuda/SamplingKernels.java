package assay.engine.kernel.cuda;

/**
 * Chooses ids where the logits are. R rows of logits, V ids. Choices follow {@code
 * assay.engine.sample.Sampler} without mask, bias and penalties: those that need them are sampled
 * on the host. Every method may be captured in a graph. Confined to the device's thread.
 */
public final class SamplingKernels {
    /** Bytes of one row's parameters: see {@link #sample}. */
    public static final int PARAMETER_BYTES = 32;

    /** Most alternatives that {@link #likeliest} tells. */
    public static final int LIKELIEST_MAX = 20;

    private static final int PIECES = 32;
    private static final int PIECE_BYTES = 16;
    private static final int SURVEYORS = 256;
    private static final int CHOOSERS = 1_024;

    private final KernelArguments arguments = new KernelArguments();
    private final Kernel survey;
    private final Kernel choose;
    private final Kernel rate;
    private final Kernel likeliest;
    private final Workspace workspace;

    /**
     * @param workspace may be shared with other launching classes of the stream
     */
    public SamplingKernels(KernelLauncher launcher, Workspace workspace) {
        this.workspace = workspace;
        survey = launcher.kernel("sampling", "survey", 0);
        choose = launcher.kernel("sampling", "choose", 0);
        rate = launcher.kernel("sampling", "rate", 0);
        likeliest = launcher.kernel("sampling", "likeliest", 0);
    }

    /** What the {@link Workspace} must hold for so many rows. */
    public static long workspaceBytes(int rows, int vocabulary) {
        return (long) rows * PIECES * PIECE_BYTES;
    }

    /** Leaves each row's largest logit and sum of exponentials in the workspace, in pieces. */
    private void survey(long stream, long logits, int rows, int vocabulary) {
        Checks.within(
                "workspace", workspace.bytes(), workspaceBytes(rows, vocabulary), Long.MAX_VALUE);
        arguments.clear().address(logits).integer(vocabulary).address(workspace.address());
        survey.launch(stream, LaunchShape.of(PIECES, rows, SURVEYORS), arguments);
    }

    /**
     * Chooses an id for each row: the likeliest, the lowest of equal ones, where the temperature is
     * 0 or top-k is 1; else temperature, min-p, top-k, top-p, and the inverse of the cumulative
     * distribution in order of ids at a Philox draw of (seed, position + 1).
     *
     * @param logits (R, V) f32
     * @param parameters (R, 32 bytes) in device memory: f32 temperature, f32 minP, f32 topP, i32
     *     topK (0 for all), i64 seed, i64 unused
     * @param positions (R) i32: of each row's token, whose successor is chosen
     * @param ids out: (R) i32; -1 where a logit is not finite
     * @param logProbs out: (R) f32 log-probability of that id at temperature 1, before any cut
     */
    public void sample(
            long stream,
            long logits,
            int rows,
            int vocabulary,
            long parameters,
            long positions,
            long ids,
            long logProbs) {
        survey(stream, logits, rows, vocabulary);
        arguments
                .clear()
                .address(logits)
                .integer(vocabulary)
                .address(workspace.address())
                .address(parameters)
                .address(positions)
                .address(ids)
                .address(logProbs);
        choose.launch(stream, LaunchShape.of(rows, 1, CHOOSERS), arguments);
    }

    /**
     * Log-probabilities of given ids.
     *
     * @param ids (R) i32
     * @param logProbs out: (R) f32; NaN where a logit is not finite or the id is outside
     */
    public void rate(long stream, long logits, int rows, int vocabulary, long ids, long logProbs) {
        survey(stream, logits, rows, vocabulary);
        arguments
                .clear()
                .address(logits)
                .integer(rows)
                .integer(vocabulary)
                .address(workspace.address())
                .address(ids)
                .address(logProbs);
        int blocks = Math.ceilDiv(rows, SURVEYORS);
        rate.launch(stream, LaunchShape.of(blocks, 1, SURVEYORS), arguments);
    }

    /**
     * The likeliest ids with their log-probabilities, likeliest first, of equal ones the lower.
     *
     * @param count 1..{@link #LIKELIEST_MAX}
     * @param ids out: (R, count) i32
     * @param logProbs out: (R, count) f32
     */
    public void likeliest(
            long stream,
            long logits,
            int rows,
            int vocabulary,
            int count,
            long ids,
            long logProbs) {
        Checks.within("count", count, 1, LIKELIEST_MAX);
        survey(stream, logits, rows, vocabulary);
        arguments
                .clear()
                .address(logits)
                .integer(vocabulary)
                .address(workspace.address())
                .integer(count)
                .address(ids)
                .address(logProbs);
        likeliest.launch(stream, LaunchShape.of(rows, 1, CHOOSERS), arguments);
    }
}
