package assay.engine.gpu;

import assay.engine.kernel.DType;
import assay.engine.kernel.cuda.driver.GpuDevice;
import assay.engine.kernel.cuda.driver.GpuDriver;
import assay.engine.kernel.cuda.driver.KernelCompiler;
import assay.engine.kernel.cuda.driver.LibrarySearch;
import assay.engine.model.AttentionSpec;
import assay.engine.model.FeedForwardSpec;
import assay.engine.model.LayerRange;
import assay.engine.model.LayerSpec;
import assay.engine.model.ModelSpec;
import assay.engine.stage.Stage;
import assay.engine.stage.StageConfig;
import assay.engine.stage.cuda.CudaStageDevice;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * The speed of a published model's shape with random weights, made on the device, in several types:
 * decode of some batches, and a prompt of 2,048 tokens, each as a part of what the same device
 * gives at most in the same run. Prints one table and one line of JSON.
 *
 * <p>Arguments, each with a default: shape (see {@link Shapes}), types, batches, tokens that each
 * sequence has before (of a decode), layers (0 for all).
 */
public final class GpuBench {
    private final GpuDriver driver = GpuDriver.open(LibrarySearch.ofMachine());
    private final KernelCompiler compiler =
            new KernelCompiler(driver, KernelCompiler.folderOf(System.getenv()));
    private final ModelSpec spec;
    private final int context;
    private final List<Row> rows = new ArrayList<>();

    private GpuBench(ModelSpec spec, int context) {
        this.spec = spec;
        this.context = context;
    }

    /**
     * A line of the table.
     *
     * @param tokens of a step
     * @param millis of a step, from placing it to its sampled ids on the host
     * @param part of what the ceiling allows, 0..1
     */
    private record Row(String work, DType type, int tokens, double millis, double part) {
        double tokensPerSecond() {
            return tokens * 1e3 / millis;
        }
    }

    /** Measures and prints. */
    public static void main(String[] args) {
        String shape = argument(args, 0, "llama3-8b");
        List<DType> types =
                Arrays.stream(argument(args, 1, "BF16,Q8_0,Q4_0").split(",", -1))
                        .map(DType::valueOf)
                        .toList();
        int[] batches =
                Arrays.stream(argument(args, 2, "1,32,64").split(",", -1))
                        .mapToInt(Integer::parseInt)
                        .toArray();
        int context = Integer.parseInt(argument(args, 3, "256"));
        int layers = Integer.parseInt(argument(args, 4, "0"));
        GpuBench bench = new GpuBench(Shapes.named(shape, layers), context);
        GpuDevice device = bench.driver.device("0");
        Ceilings ceilings = Ceilings.measure(bench.driver, device, bench.compiler);
        for (DType type : types) {
            bench.measure(device, type, batches, ceilings);
        }
        bench.print(shape, device, ceilings);
    }

    private static String argument(String[] args, int index, String otherwise) {
        return index < args.length ? args[index] : otherwise;
    }

    private void measure(GpuDevice gpu, DType type, int[] batches, Ceilings ceilings) {
        int most = Arrays.stream(batches).max().orElse(1);
        int kvTokens =
                most * (context + StageBench.STEPS + StageBench.SETTLING + 32) + StageBench.PROMPT;
        StageConfig config = new StageConfig(kvTokens, most, StageBench.PROMPT);
        try (CudaStageDevice device = CudaStageDevice.open(driver, gpu, compiler);
                Stage stage = device.make(spec, LayerRange.all(spec), config, type)) {
            StageBench bench = new StageBench(stage, spec);
            for (int batch : batches) {
                double millis = bench.decode(batch, context);
                double kvBytes = (double) stage.kvBytes() / kvTokens * context * batch;
                double weightBytes = bench.bytesRead() - idleExpertBytes(type, batch);
                double least = (weightBytes + kvBytes) / ceilings.copyBytes();
                rows.add(new Row("decode", type, batch, millis, 1e3 * least / millis));
            }
            double millis = bench.prefill(StageBench.PROMPT);
            double least = operations(StageBench.PROMPT) / ceilings.matrixFlops();
            rows.add(new Row("prefill", type, StageBench.PROMPT, millis, 1e3 * least / millis));
        }
    }

    /** Of experts that no token of a batch visits, where each visits some by chance. */
    private double idleExpertBytes(DType type, int batch) {
        double bytes = 0;
        for (LayerSpec layer : spec.layers()) {
            if (layer.feedForward() instanceof FeedForwardSpec.Experts experts) {
                double missed = 1 - (double) experts.perToken() / experts.count();
                double elements = 3.0 * spec.hiddenSize() * experts.inner() * experts.count();
                bytes +=
                        Math.pow(missed, batch)
                                * elements
                                * type.blockBytes()
                                / type.blockElements();
            }
        }
        return bytes;
    }

    /** Multiplications and additions of a prompt: those of the weights, and of causal attention. */
    private double operations(int tokens) {
        double perToken = 0;
        for (LayerSpec layer : spec.layers()) {
            AttentionSpec attention = layer.attention();
            double scores =
                    attention.heads() * (attention.keyDim() + (double) attention.valueDim());
            perToken += 2 * weights(layer) + scores * tokens;
        }
        return perToken * tokens;
    }

    /** Elements of the weights that a token meets. */
    private double weights(LayerSpec layer) {
        double hidden = spec.hiddenSize();
        double attention =
                switch (layer.attention()) {
                    case AttentionSpec.GroupedQuery g ->
                            hidden * g.headDim() * (2.0 * g.heads() + 2 * g.kvHeads());
                    case AttentionSpec.Latent l ->
                            hidden * (l.queryRank() + l.keyDim() + (double) l.outputWidth())
                                    + (double) l.heads()
                                            * (l.queryRank() * (l.plainDim() + l.turnedDim())
                                                    + l.latentRank()
                                                            * (l.plainDim() + l.headValueDim()));
                };
        double inner =
                switch (layer.feedForward()) {
                    case FeedForwardSpec.Dense dense -> dense.inner();
                    case FeedForwardSpec.Experts experts ->
                            experts.perToken() * experts.inner() + (double) experts.sharedInner();
                };
        return attention + 3 * hidden * inner;
    }

    private void print(String shape, GpuDevice device, Ceilings ceilings) {
        System.out.printf(
                Locale.ROOT,
                "%s, %d layers, random weights; %s; commit %s%ncopy %.2f TB/s (read and written), bf16 product %.0f TFLOP/s%n%n",
                shape,
                spec.layerCount(),
                device.name(),
                System.getProperty("assay.commit", "unknown"),
                ceilings.copyBytes() / 1e12,
                ceilings.matrixFlops() / 1e12);
        System.out.println(
                "| work | weights | tokens a step | ms a step | tokens/s | of the ceiling |");
        System.out.println("| --- | --- | --- | --- | --- | --- |");
        List<String> json = new ArrayList<>();
        for (Row row : rows) {
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %s | %d | %.3f | %.0f | %.0f %% |%n",
                    row.work(),
                    row.type(),
                    row.tokens(),
                    row.millis(),
                    row.tokensPerSecond(),
                    100 * row.part());
            json.add(
                    String.format(
                            Locale.ROOT,
                            "{\"work\":\"%s\",\"weights\":\"%s\",\"tokens\":%d,\"ms\":%.4f,\"part\":%.4f}",
                            row.work(),
                            row.type(),
                            row.tokens(),
                            row.millis(),
                            row.part()));
        }
        System.out.printf(
                Locale.ROOT,
                "%n{\"bench\":\"gpu\",\"shape\":\"%s\",\"layers\":%d,\"context\":%d,\"device\":\"%s\",\"copyBytes\":%.4g,\"matrixFlops\":%.4g,\"rows\":[%s]}%n",
                shape,
                spec.layerCount(),
                context,
                device.name(),
                ceilings.copyBytes(),
                ceilings.matrixFlops(),
                String.join(",", json));
    }
}
