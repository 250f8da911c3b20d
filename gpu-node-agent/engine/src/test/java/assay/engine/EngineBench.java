package assay.engine;

import assay.engine.kernel.Backends;
import assay.engine.kernel.cpu.MemoryProbe;
import assay.engine.model.LayerRange;
import assay.engine.model.ModelSpec;
import assay.engine.sample.SamplingParams;
import assay.engine.stage.MicroBatch;
import assay.engine.stage.Slice;
import assay.engine.stage.Stage;
import assay.engine.stage.StageConfig;
import assay.engine.stage.StageInput;
import assay.engine.weights.Checkpoint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Tokens a second of the reference model in one process, beside the rate at which this machine
 * reads as many bytes as the model has. Best of several rounds, since other work on the machine
 * only ever slows it down.
 */
public final class EngineBench {
    private static final StageConfig CONFIG = new StageConfig(8_192, 32, 512);
    private static final int DECODE_STEPS = 64;
    private static final int ROUNDS = 5;
    private static final double NANOS_PER_SECOND = 1e9;

    private EngineBench() {}

    public static void main(String[] args) {
        for (int threads = 1; threads <= Runtime.getRuntime().availableProcessors(); threads++) {
            run(threads);
        }
    }

    private static void run(int threads) {
        ModelSpec spec = ModelSpec.read(ReferenceModel.folder());
        try (var checkpoint = Checkpoint.open(ReferenceModel.folder());
                var backend = Backends.named("cpu", threads);
                var stage = Stage.load(spec, checkpoint, LayerRange.all(spec), backend, CONFIG)) {
            long warming = System.nanoTime();
            stage.warmUp();
            double bytes = MemoryProbe.readBytesPerSecond(threads, stage.weightBytes());
            double memory = MemoryProbe.readBytesPerSecond(threads, 512L << 20);
            System.out.printf(
                    "threads %d: reads %.1f GB/s of model size, %.1f GB/s of 512 MiB; warm-up %.1f s%n",
                    threads, bytes / 1e9, memory / 1e9, (System.nanoTime() - warming) / 1e9);
            for (int prompt : new int[] {16, 128}) {
                System.out.printf(
                        "  prefill of %d tokens: %.0f tokens/s%n", prompt, prefill(stage, prompt));
            }
            for (int sequences : new int[] {1, 2, 4, 16}) {
                double rate = decode(stage, sequences);
                System.out.printf(
                        "  decode of %d sequences: %.0f tokens/s, %.2f of the read rate%n",
                        sequences, rate, rate / sequences * stage.weightBytes() / bytes);
            }
        }
    }

    private static double prefill(Stage stage, int tokens) {
        double best = 0;
        var slice = new Slice(1, 0, tokens, true, SamplingParams.GREEDY);
        for (int round = 0; round < ROUNDS; round++) {
            long begin = System.nanoTime();
            stage.step(new MicroBatch(1, List.of(slice)), ids(tokens));
            best = Math.max(best, tokens * NANOS_PER_SECOND / (System.nanoTime() - begin));
        }
        stage.reset();
        return best;
    }

    private static double decode(Stage stage, int sequences) {
        double best = 0;
        for (int round = 0; round < ROUNDS; round++) {
            stage.reset();
            long begin = 0;
            for (int step = 0; step <= DECODE_STEPS; step++) {
                // The first step fills the prompts and is not counted.
                int tokens = step == 0 ? CONFIG.maxStepTokens() / CONFIG.maxSequences() : 1;
                int position =
                        step == 0 ? 0 : CONFIG.maxStepTokens() / CONFIG.maxSequences() + step - 1;
                List<Slice> slices = new ArrayList<>();
                for (int i = 0; i < sequences; i++) {
                    slices.add(new Slice(i, position, tokens, true, SamplingParams.GREEDY));
                }
                stage.step(new MicroBatch(step, slices), ids(sequences * tokens));
                begin = step == 0 ? System.nanoTime() : begin;
            }
            double seconds = (System.nanoTime() - begin) / NANOS_PER_SECOND;
            best = Math.max(best, sequences * DECODE_STEPS / seconds);
        }
        stage.reset();
        return best;
    }

    private static StageInput.TokenIds ids(int count) {
        int[] ids = new int[count];
        Arrays.setAll(ids, i -> i % 1_000 + 10);
        return new StageInput.TokenIds(ids);
    }
}
