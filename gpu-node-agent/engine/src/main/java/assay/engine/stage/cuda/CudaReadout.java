package assay.engine.stage.cuda;

import assay.engine.kernel.DType;
import assay.engine.kernel.Tensor;
import assay.engine.kernel.cuda.DeviceMatrix;
import assay.engine.kernel.cuda.DeviceRows;
import assay.engine.kernel.cuda.ProductOutput;
import assay.engine.kernel.cuda.SamplingKernels;
import assay.engine.kernel.cuda.driver.GpuStream;
import assay.engine.model.ModelSpec;
import assay.engine.sample.SamplingParams;
import assay.engine.stage.LogitRows;
import assay.engine.stage.PlainSampler;
import assay.engine.weights.TensorNames;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Final norm, output and plain sampling on the device. Logits come to main memory only for what is
 * not sampled there.
 */
final class CudaReadout implements LogitRows, PlainSampler, AutoCloseable {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

    /** Rows whose logits come to main memory at once. */
    private static final int HOST_ROWS = 16;

    private static final int SAMPLED_ROWS_MAX = 256;

    private final GpuStream stream;
    private final StageKernels kernels;
    private final DeviceRows hidden;
    private final float epsilon;
    private final long norm;
    private final DeviceMatrix output;
    private final DeviceRows picked;
    private final long logits;
    private final MemorySegment hostFloats;
    private final MemorySegment hostInputs;
    private final long inputs;
    private final MemorySegment hostOutputs;
    private final long outputs;
    private final int sampledRows;
    private final long floats;
    private final DecodeGraphs graphs;

    /**
     * @param hidden rows of the largest step
     * @param embedding of a tied model whose first stage this is too; else null
     */
    CudaReadout(
            GpuStream stream,
            StageKernels kernels,
            StageMemory memory,
            WeightSource source,
            ModelSpec spec,
            DeviceRows hidden,
            @Nullable DeviceMatrix embedding,
            int maxSequences) {
        int width = spec.hiddenSize();
        int vocabulary = spec.vocabularySize();
        this.stream = stream;
        this.graphs = new DecodeGraphs(stream);
        this.kernels = kernels;
        this.hidden = hidden;
        this.epsilon = spec.rmsNormEpsilon();
        this.norm = source.floats(TensorNames.FINAL_NORM, width);
        this.output =
                embedding != null && spec.tiedEmbeddings()
                        ? embedding
                        : source.matrix(TensorNames.output(spec), vocabulary, width);
        this.sampledRows = ratedRows(maxSequences);
        this.picked = memory.rows("rows to rate", sampledRows, width);
        this.logits = memory.take("logits", (long) Float.BYTES * sampledRows * vocabulary);
        this.floats = memory.take("states", (long) Float.BYTES * HOST_ROWS * width);
        this.hostFloats = memory.pin((long) Float.BYTES * HOST_ROWS * Math.max(vocabulary, width));
        long rowBytes = SamplingKernels.PARAMETER_BYTES + 2L * Integer.BYTES;
        this.hostInputs = memory.pin(sampledRows * rowBytes);
        this.inputs = memory.take("sampling parameters", sampledRows * rowBytes);
        this.hostOutputs = memory.pin(sampledRows * 2L * Integer.BYTES);
        this.outputs = memory.take("sampled ids", sampledRows * 2L * Integer.BYTES);
    }

    /** Most rows of logits on the device at once. */
    static int ratedRows(int maxSequences) {
        return Buckets.of(Math.clamp(maxSequences, HOST_ROWS, SAMPLED_ROWS_MAX));
    }

    @Override
    public int maxRows() {
        return HOST_ROWS;
    }

    @Override
    public Tensor logits(int[] rows) {
        rate(rows);
        return download(logits, rows.length, output.rows());
    }

    @Override
    public Tensor states(int[] rows) {
        DeviceRows normed = pick(rows);
        long count = (long) rows.length * hidden.width();
        kernels.weights().toFloats(stream.handle(), DType.BF16, normed.address(), count, floats);
        return download(floats, rows.length, hidden.width());
    }

    private Tensor download(long from, int rows, int width) {
        MemorySegment to = hostFloats.asSlice(0, (long) Float.BYTES * rows * width);
        stream.download(from, to);
        stream.await();
        return new Tensor(DType.F32, rows, width, to);
    }

    /** Final norm of some rows, (rows, hidden). */
    private DeviceRows pick(int[] rows) {
        MemorySegment.copy(rows, 0, hostInputs, INT, 0, rows.length);
        stream.upload(hostInputs.asSlice(0, (long) Integer.BYTES * rows.length), inputs);
        DeviceRows some = picked.rows(0, rows.length);
        kernels.rows().gatherRows(stream.handle(), hidden, inputs, some);
        kernels.rows().rmsNorm(stream.handle(), some, norm, epsilon, some);
        return some;
    }

    private void rate(int[] rows) {
        kernels.products()
                .product(
                        stream.handle(),
                        pick(rows),
                        output,
                        ProductOutput.floats(logits, output.rows()));
    }

    @Override
    public void sample(
            int[] rows, List<SamplingParams> params, int[] positions, int[] ids, float[] logProbs) {
        for (int at = 0; at < rows.length; at += sampledRows) {
            sampleSome(at, Math.min(sampledRows, rows.length - at), rows, params, positions);
            for (int i = 0; i < Math.min(sampledRows, rows.length - at); i++) {
                ids[at + i] = hostOutputs.getAtIndex(INT, i);
                logProbs[at + i] =
                        hostOutputs.getAtIndex(ValueLayout.JAVA_FLOAT, sampledRows + (long) i);
            }
        }
    }

    /** Filled up to a bucket with rows that nobody reads, and run as a graph like decode steps. */
    private void sampleSome(
            int first, int count, int[] rows, List<SamplingParams> params, int[] positions) {
        int filled = Buckets.of(count);
        for (int i = 0; i < filled; i++) {
            int from = first + Math.min(i, count - 1);
            hostInputs.setAtIndex(INT, i, rows[from]);
            hostInputs.setAtIndex(INT, sampledRows + (long) i, positions[from] - 1);
            write(params.get(from), parametersAt() + (long) SamplingKernels.PARAMETER_BYTES * i);
        }
        graphs.run(filled, () -> launch(filled));
        stream.await();
    }

    private long parametersAt() {
        return 2L * Integer.BYTES * sampledRows;
    }

    private void launch(int count) {
        DeviceRows some = picked.rows(0, count);
        long handle = stream.handle();
        stream.upload(hostInputs, inputs);
        kernels.rows().gatherRows(handle, hidden, inputs, some);
        kernels.rows().rmsNorm(handle, some, norm, epsilon, some);
        kernels.products()
                .product(handle, some, output, ProductOutput.floats(logits, output.rows()));
        kernels.sampling()
                .sample(
                        handle,
                        logits,
                        count,
                        output.rows(),
                        inputs + parametersAt(),
                        inputs + (long) Integer.BYTES * sampledRows,
                        outputs,
                        outputs + (long) Integer.BYTES * sampledRows);
        stream.download(outputs, hostOutputs);
    }

    /** As {@link SamplingKernels#sample} reads them. */
    private void write(SamplingParams params, long at) {
        hostInputs.set(ValueLayout.JAVA_FLOAT, at, params.temperature());
        hostInputs.set(ValueLayout.JAVA_FLOAT, at + 4, params.cut().minP());
        hostInputs.set(ValueLayout.JAVA_FLOAT, at + 8, params.topP());
        hostInputs.set(INT, at + 12, params.topK());
        hostInputs.set(ValueLayout.JAVA_LONG, at + 16, params.seed());
        hostInputs.set(ValueLayout.JAVA_LONG, at + 24, 0);
    }

    @Override
    public void close() {
        graphs.close();
    }
}
