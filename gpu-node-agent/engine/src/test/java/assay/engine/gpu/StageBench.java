package assay.engine.gpu;

import assay.engine.kernel.DType;
import assay.engine.kernel.cuda.driver.GpuContext;
import assay.engine.kernel.cuda.driver.GpuDriver;
import assay.engine.kernel.cuda.driver.GpuEvent;
import assay.engine.kernel.cuda.driver.GpuMemory;
import assay.engine.kernel.cuda.driver.GpuStream;
import assay.engine.kernel.cuda.driver.KernelCompiler;
import assay.engine.kernel.cuda.driver.LibrarySearch;
import assay.engine.model.LayerRange;
import assay.engine.model.ModelSpec;
import assay.engine.sample.SamplingParams;
import assay.engine.stage.MicroBatch;
import assay.engine.stage.Slice;
import assay.engine.stage.SliceDemand;
import assay.engine.stage.Stage;
import assay.engine.stage.StageConfig;
import assay.engine.stage.StageInput;
import assay.engine.stage.StageOutput;
import assay.engine.stage.cuda.CudaStageDevice;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Tokens a second of a whole model on one device, with random weights, through the stage as an
 * agent runs it: every step is placed, launched, sampled and answered. Beside it what the device's
 * own memory gives at most.
 *
 * <p>Arguments: shape, type of the weights, layers (0 for all), tokens in the cache of each
 * sequence, batch sizes.
 */
public final class StageBench {
    static final int STEPS = 40;
    static final int SETTLING = 6;
    static final int PROMPT = 2_048;
    private static final int ROUNDS = 3;

    private final Stage stage;
    private final ModelSpec spec;
    private long step;

    StageBench(Stage stage, ModelSpec spec) {
        this.stage = stage;
        this.spec = spec;
    }

    /** Measures and prints a table. */
    public static void main(String[] args) {
        ModelSpec spec = Shapes.named(args[0], Integer.parseInt(args[2]));
        DType type = DType.valueOf(args[1]);
        int context = Integer.parseInt(args[3]);
        int[] batches = Arrays.stream(args[4].split(",", -1)).mapToInt(Integer::parseInt).toArray();
        int most = Arrays.stream(batches).max().orElse(1);
        GpuDriver driver = GpuDriver.open(LibrarySearch.ofMachine());
        KernelCompiler compiler =
                new KernelCompiler(driver, KernelCompiler.folderOf(System.getenv()));
        double copied = copyBytesPerSecond(driver);
        int tokens = Math.max(most * (context + STEPS + SETTLING + 32), PROMPT + 64);
        StageConfig config = new StageConfig(tokens, most, PROMPT);
        try (CudaStageDevice device = CudaStageDevice.open(driver, driver.device("0"), compiler);
                Stage stage = device.make(spec, LayerRange.all(spec), config, type)) {
            System.out.printf(
                    Locale.ROOT,
                    "%s, %d layers %s, %.2f GB of weights, copy %.2f TB/s, %s%n",
                    args[0],
                    spec.layerCount(),
                    type,
                    stage.weightBytes() / 1e9,
                    copied / 1e12,
                    device.device().name());
            StageBench bench = new StageBench(stage, spec);
            long read = bench.bytesRead();
            for (int batch : batches) {
                double millis = bench.decode(batch, context);
                double kv = (double) stage.kvBytes() / tokens * context * batch;
                double roof = 1e3 * (read + kv) / copied;
                System.out.printf(
                        Locale.ROOT,
                        "decode batch %3d, context %d: %.3f ms a step, %.1f tok/s, %.0f %% of the roof%n",
                        batch,
                        context,
                        millis,
                        batch * 1e3 / millis,
                        100 * roof / millis);
            }
            System.out.printf(
                    Locale.ROOT, "prefill of %d: %.2f ms%n", PROMPT, bench.prefill(PROMPT));
        }
    }

    /** The embedding is read by rows: it does not count. */
    long bytesRead() {
        return stage.weightBytes() - 2L * spec.vocabularySize() * spec.hiddenSize();
    }

    private void run(List<Slice> slices, int[] ids, SamplingParams params) {
        List<SliceDemand> demands = new ArrayList<>();
        for (Slice slice : slices) {
            demands.add(
                    new SliceDemand.Sample(
                            slice.sequenceId(),
                            new SliceDemand.SamplingStart(params, new int[0], new int[0], null)));
        }
        StageOutput out =
                stage.step(
                        new MicroBatch(step++, slices),
                        new StageInput.TokenIds(ids),
                        demands,
                        null);
        if (!(out instanceof StageOutput.Sampled sampled)
                || sampled.tokens().size() != slices.size()) {
            throw new IllegalStateException("sampled: " + out);
        }
    }

    /** Milliseconds of a step: of several rounds the median, as the first finds Java cold. */
    double decode(int batch, int context) {
        double[] rounds = new double[ROUNDS];
        for (int i = 0; i < ROUNDS; i++) {
            rounds[i] = decodeRound(batch, context);
        }
        Arrays.sort(rounds);
        return rounds[ROUNDS / 2];
    }

    private double decodeRound(int batch, int context) {
        stage.reset();
        int chunk = Math.min(PROMPT, context);
        for (int s = 0; s < batch; s++) {
            for (int at = 0; at < context; at += chunk) {
                int count = Math.min(chunk, context - at);
                run(
                        List.of(new Slice(s, at, count, true, null)),
                        new int[count],
                        SamplingParams.GREEDY);
            }
        }
        long from = 0;
        for (int i = 0; i < STEPS + SETTLING; i++) {
            if (i == SETTLING) {
                from = System.nanoTime();
            }
            List<Slice> slices = new ArrayList<>();
            int[] ids = new int[batch];
            for (int s = 0; s < batch; s++) {
                slices.add(new Slice(s, context + i, 1, true, null));
                ids[s] = (s * 977 + i) % spec.vocabularySize();
            }
            run(slices, ids, SamplingParams.GREEDY);
        }
        return (System.nanoTime() - from) / 1e6 / STEPS;
    }

    double prefill(int tokens) {
        double best = Double.MAX_VALUE;
        for (int i = 0; i < 4; i++) {
            stage.reset();
            long from = System.nanoTime();
            run(
                    List.of(new Slice(1, 0, tokens, true, null)),
                    new int[tokens],
                    SamplingParams.GREEDY);
            best = Math.min(best, (System.nanoTime() - from) / 1e6);
        }
        return best;
    }

    /** Bytes read and written in a second by a copy within the device. */
    private static double copyBytesPerSecond(GpuDriver driver) {
        long bytes = 4L << 30;
        try (GpuContext context = GpuContext.open(driver, driver.device("0"))) {
            GpuMemory from = context.allocate(bytes);
            GpuMemory to = context.allocate(bytes);
            GpuStream stream = context.stream();
            GpuEvent start = context.event(true);
            GpuEvent end = context.event(true);
            stream.copy(from.address(), to.address(), bytes);
            stream.record(start);
            for (int i = 0; i < 5; i++) {
                stream.copy(from.address(), to.address(), bytes);
            }
            stream.record(end);
            end.await();
            return 5 * 2.0 * bytes / (start.millisTo(end) / 1e3);
        }
    }
}
