package assay.engine.gpu;

import assay.engine.kernel.DType;
import assay.engine.kernel.cuda.driver.GpuDriver;
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
import assay.engine.stage.cuda.CudaStageDevice;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;

/**
 * Tokens a second of a model that is split over the devices of this machine, with random weights:
 * so many micro-batches under way, each of so many sequences, one thread for all stages. With one
 * device, or with one micro-batch, it is what the split is compared with.
 *
 * <p>Arguments: shape, type of the weights, layers (0 for all), tokens in the cache of each
 * sequence, stages, micro-batches, sequences of each.
 */
public final class PipelineBench {
    private static final int STEPS = 40;
    private static final int SETTLING = 6;

    private final List<Stage> stages;
    private final int context;
    private final int batch;
    private long steps;

    private PipelineBench(List<Stage> stages, int context, int batch) {
        this.stages = stages;
        this.context = context;
        this.batch = batch;
    }

    /** Measures and prints a line. */
    public static void main(String[] args) {
        ModelSpec spec = Shapes.named(args[0], Integer.parseInt(args[2]));
        DType type = DType.valueOf(args[1]);
        int context = Integer.parseInt(args[3]);
        int count = Integer.parseInt(args[4]);
        int flights = Integer.parseInt(args[5]);
        int batch = Integer.parseInt(args[6]);
        GpuDriver driver = GpuDriver.open(LibrarySearch.ofMachine());
        KernelCompiler compiler =
                new KernelCompiler(driver, KernelCompiler.folderOf(System.getenv()));
        int sequences = flights * batch;
        int room = context + STEPS + SETTLING + 32;
        StageConfig config = new StageConfig(sequences * room, sequences, Math.max(256, batch));
        List<CudaStageDevice> devices = new ArrayList<>();
        List<Stage> stages = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                int device = i * driver.devices().size() / count;
                devices.add(CudaStageDevice.open(driver, driver.devices().get(device), compiler));
                int first = i * spec.layerCount() / count;
                int end = (i + 1) * spec.layerCount() / count;
                stages.add(devices.get(i).make(spec, new LayerRange(first, end), config, type));
            }
            double millis = new PipelineBench(stages, context, batch).decode(flights);
            System.out.printf(
                    Locale.ROOT,
                    "%s, %d layers %s, %d stages on %d devices, %d x %d sequences, context %d: %.3f ms a round, %.1f tok/s%n",
                    args[0],
                    spec.layerCount(),
                    type,
                    count,
                    Math.min(count, driver.devices().size()),
                    flights,
                    batch,
                    context,
                    millis,
                    sequences * 1e3 / millis);
        } finally {
            stages.forEach(Stage::close);
            devices.forEach(CudaStageDevice::close);
        }
    }

    private double decode(int flights) {
        fill(flights);
        Deque<Integer> underWay = new ArrayDeque<>();
        int[] at = new int[flights];
        long from = 0;
        // Each turn asks for one answer, of the oldest step, and sends the step that follows it.
        for (int turn = 0; turn < (STEPS + SETTLING) * flights; turn++) {
            if (turn == SETTLING * flights) {
                from = System.nanoTime();
            }
            int flight = turn % flights;
            if (underWay.size() == flights) {
                answer(underWay.remove());
            }
            brought.add(bring(flight, at[flight]++));
            underWay.add(flight);
            advance();
        }
        return (System.nanoTime() - from) / 1e6 / STEPS;
    }

    /** A step that has come as far as the last stage. */
    private record Brought(MicroBatch batch, StageInput input) {}

    private final Deque<Brought> brought = new ArrayDeque<>();
    private boolean ending;

    /** The last stage takes one step at a time. */
    private void advance() {
        if (!ending && !brought.isEmpty()) {
            Brought next = brought.remove();
            stages.getLast().forward(next.batch(), next.input());
            ending = true;
        }
    }

    private void answer(int flight) {
        List<SliceDemand> demands = new ArrayList<>();
        for (int s = 0; s < batch; s++) {
            demands.add(
                    new SliceDemand.Sample(
                            flight * batch + s,
                            new SliceDemand.SamplingStart(
                                    SamplingParams.GREEDY, new int[0], new int[0], null)));
        }
        if (stages.getLast().answer(demands).tokens().size() != batch) {
            throw new IllegalStateException("tokens: not one for each sequence");
        }
        ending = false;
        advance();
    }

    private Brought bring(int flight, int step) {
        List<Slice> slices = new ArrayList<>();
        int[] ids = new int[batch];
        for (int s = 0; s < batch; s++) {
            slices.add(new Slice(flight * batch + s, context + step, 1, true, null));
            ids[s] = 1 + (s * 31 + step) % 1_000;
        }
        MicroBatch micro = new MicroBatch(steps++, slices);
        StageInput input = new StageInput.TokenIds(ids);
        for (int i = 0; i < stages.size() - 1; i++) {
            input = stages.get(i).forwardTo(stages.get(i + 1), micro, input);
        }
        return new Brought(micro, input);
    }

    private void fill(int flights) {
        for (int s = 0; s < flights * batch; s++) {
            for (int at = 0; at < context; at += 256) {
                int count = Math.min(256, context - at);
                MicroBatch micro =
                        new MicroBatch(steps++, List.of(new Slice(s, at, count, false, null)));
                StageInput input = new StageInput.TokenIds(new int[count]);
                for (int i = 0; i < stages.size() - 1; i++) {
                    input = stages.get(i).forwardTo(stages.get(i + 1), micro, input);
                }
                stages.getLast().forward(micro, input);
                stages.getLast().answer(List.of());
            }
        }
    }
}
