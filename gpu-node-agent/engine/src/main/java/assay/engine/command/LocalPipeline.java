package assay.engine.command;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.batch.BatchConfig;
import assay.engine.batch.Batcher;
import assay.engine.batch.PlannedStep;
import assay.engine.batch.SequenceEvent;
import assay.engine.batch.SequenceRequest;
import assay.engine.kernel.KvBlocks;
import assay.engine.model.LayerRange;
import assay.engine.model.ModelSpec;
import assay.engine.sample.SamplingParams;
import assay.engine.stage.LogitsObserver;
import assay.engine.stage.Stage;
import assay.engine.stage.StageConfig;
import assay.engine.stage.StageDevice;
import assay.engine.stage.StageDevices;
import assay.engine.stage.StageInput;
import assay.engine.stage.StageOutput;
import assay.engine.weights.Checkpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A model cut into stages that one thread runs one after the other. */
final class LocalPipeline implements AutoCloseable {
    private static final int STEP_TOKENS = 512;

    private final ModelSpec spec;
    private final StageConfig config;
    private final List<StageDevice> devices = new ArrayList<>();
    private final List<Stage> stages = new ArrayList<>();

    private LocalPipeline(ModelSpec spec, StageConfig config) {
        this.spec = spec;
        this.config = config;
    }

    /** Sees the logits behind each token. */
    @FunctionalInterface
    interface Logits {
        void row(int position, float[] logits);
    }

    /** Room for one sequence of that prompt and the tokens that the options ask for. */
    static LocalPipeline load(
            ModelSpec spec, Checkpoint checkpoint, RunOptions options, int promptTokens) {
        int count = options.stages();
        if (count > spec.layerCount()) {
            throw ModelMain.misuse(
                    "--stages: %d (expected: 1..%d)".formatted(count, spec.layerCount()));
        }
        int tokens = Math.min(promptTokens + options.greedy() + 1, spec.contextTokens());
        int step = Math.clamp(promptTokens, 2, STEP_TOKENS);
        StageConfig config = new StageConfig(tokens, 1, step, options.quantize());
        LocalPipeline pipeline = new LocalPipeline(spec, config);
        try {
            for (String name : options.backend().split(",", -1)) {
                pipeline.devices.add(StageDevices.named(name.strip(), options.threads()));
            }
            for (int i = 0; i < count; i++) {
                int first = i * spec.layerCount() / count;
                int end = (i + 1) * spec.layerCount() / count;
                StageDevice device = pipeline.devices.get(i * pipeline.devices.size() / count);
                pipeline.stages.add(
                        device.load(spec, checkpoint, new LayerRange(first, end), config));
            }
            return pipeline;
        } catch (RuntimeException e) {
            pipeline.close();
            throw e;
        }
    }

    /**
     * The likeliest tokens after the prompt, one after the other.
     *
     * @param count of them; ends earlier where the context does
     */
    List<Integer> greedy(int[] prompt, int count, Logits logits) {
        int kvTokens = KvBlocks.blocksFor(config.kvTokens()) * KvBlocks.BLOCK_TOKENS;
        Batcher batcher =
                new Batcher(
                        new BatchConfig(
                                config.maxStepTokens(), 1, 1, 1, kvTokens, spec.contextTokens()),
                        System::nanoTime);
        batcher.submit(
                new SequenceRequest(
                        1, prompt, Math.max(1, count), SamplingParams.GREEDY, Set.of()));
        List<Integer> ids = new ArrayList<>();
        while (!batcher.idle()) {
            PlannedStep step = batcher.next().orElseThrow();
            StageOutput.Sampled outcome =
                    step(step, (id, position, row) -> logits.row(position, row));
            for (SequenceEvent event : batcher.complete(step.batch().stepId(), outcome, 0)) {
                if (event instanceof SequenceEvent.Token token && ids.size() < count) {
                    ids.add(token.id());
                }
            }
        }
        return ids;
    }

    private StageOutput.Sampled step(PlannedStep step, LogitsObserver observer) {
        StageInput input = new StageInput.TokenIds(step.tokenIds());
        for (int i = 0; i < stages.size() - 1; i++) {
            input = stages.get(i).forwardTo(stages.get(i + 1), step.batch(), input);
        }
        return switch (stages.getLast().step(step.batch(), input, step.demands(), observer)) {
            case StageOutput.Sampled sampled -> sampled;
            case StageOutput.Hidden hidden ->
                    throw new EngineException(ErrorCode.STEP_INVALID, "stages: none is the last");
        };
    }

    @Override
    public void close() {
        stages.forEach(Stage::close);
        devices.forEach(StageDevice::close);
    }
}
