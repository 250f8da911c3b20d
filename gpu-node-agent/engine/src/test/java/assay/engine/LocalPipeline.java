package assay.engine;

import assay.engine.batch.BatchConfig;
import assay.engine.batch.Batcher;
import assay.engine.batch.PlannedStep;
import assay.engine.batch.SequenceEvent;
import assay.engine.batch.SequenceRequest;
import assay.engine.model.LayerRange;
import assay.engine.model.ModelSpec;
import assay.engine.stage.LogitsObserver;
import assay.engine.stage.MicroBatch;
import assay.engine.stage.SampledToken;
import assay.engine.stage.Stage;
import assay.engine.stage.StageConfig;
import assay.engine.stage.StageDevice;
import assay.engine.stage.StageDevices;
import assay.engine.stage.StageInput;
import assay.engine.stage.StageOutput;
import assay.engine.weights.Checkpoint;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A model split into stages that one thread runs one after the other. */
public final class LocalPipeline implements AutoCloseable {
    private final Checkpoint checkpoint;
    private final List<StageDevice> devices;
    private final ModelSpec spec;
    private final List<Stage> stages = new ArrayList<>();

    public LocalPipeline(Path model, String backend, int stageCount, StageConfig config) {
        this.checkpoint = Checkpoint.open(model);
        this.spec = checkpoint.spec();
        this.devices =
                Arrays.stream(backend.split(",", -1))
                        .map(name -> StageDevices.named(name, 2))
                        .toList();
        for (int i = 0; i < stageCount; i++) {
            int first = i * spec.layerCount() / stageCount;
            int end = (i + 1) * spec.layerCount() / stageCount;
            StageDevice device = devices.get(i * devices.size() / stageCount);
            stages.add(device.load(spec, checkpoint, new LayerRange(first, end), config));
        }
    }

    public ModelSpec spec() {
        return spec;
    }

    public List<Stage> stages() {
        return stages;
    }

    /** One step through all stages. */
    public List<SampledToken> run(MicroBatch batch, int[] ids, @Nullable LogitsObserver observer) {
        Stage last = stages.getLast();
        return sampled(last.step(batch, brought(batch, ids), observer)).tokens();
    }

    /** A step of a batcher through all stages. */
    public StageOutput.Sampled run(PlannedStep step) {
        stages.forEach(stage -> stage.release(step.releases()));
        StageInput input = brought(step.batch(), step.tokenIds());
        return sampled(stages.getLast().step(step.batch(), input, step.demands(), null));
    }

    /** Through all stages but the last. */
    private StageInput brought(MicroBatch batch, int[] ids) {
        StageInput input = new StageInput.TokenIds(ids);
        for (int i = 0; i < stages.size() - 1; i++) {
            input = stages.get(i).forwardTo(stages.get(i + 1), batch, input);
        }
        return input;
    }

    private static StageOutput.Sampled sampled(StageOutput output) {
        if (output instanceof StageOutput.Sampled sampled) {
            return sampled;
        }
        throw new IllegalStateException("no last stage");
    }

    /** What became of one sequence. */
    public record Answer(List<Integer> ids, List<Float> logProbs) {}

    /** Runs all requests to their end through a batcher; answers in the requests' order. */
    public List<Answer> generate(BatchConfig config, List<SequenceRequest> requests) {
        Batcher batcher = new Batcher(config, () -> 0);
        Map<Long, Answer> answers = new LinkedHashMap<>();
        for (SequenceRequest request : requests) {
            batcher.submit(request);
            answers.put(request.sequenceId(), new Answer(new ArrayList<>(), new ArrayList<>()));
        }
        while (!batcher.idle()) {
            PlannedStep step = batcher.next().orElseThrow();
            long from = System.nanoTime();
            StageOutput.Sampled outcome = run(step);
            for (SequenceEvent event :
                    batcher.complete(step.batch().stepId(), outcome, System.nanoTime() - from)) {
                if (event instanceof SequenceEvent.Token token) {
                    Answer answer = answers.get(token.sequenceId());
                    if (answer != null) {
                        answer.ids().add(token.id());
                        answer.logProbs().add(token.logProb());
                    }
                }
            }
        }
        List<Long> released = batcher.drainReleases();
        stages.forEach(stage -> stage.release(released));
        return List.copyOf(answers.values());
    }

    @Override
    public void close() {
        stages.forEach(Stage::close);
        devices.forEach(StageDevice::close);
        checkpoint.close();
    }
}
