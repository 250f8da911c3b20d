package assay.agent.stages;

import assay.engine.model.ModelSpec;
import assay.engine.stage.Stage;
import assay.engine.stage.StageConfig;
import assay.engine.stage.StageDevice;
import assay.engine.tokenizer.Tokenizer;
import assay.engine.weights.Checkpoint;
import java.util.Optional;

/**
 * Layers in memory with all they stand on. Its stage belongs to one thread at a time: the loader,
 * then the stage loop, then whoever stopped that loop.
 *
 * @param checkpoint whose mapped files the stage computes with; none where it has copies
 * @param tokenizer on the head only
 * @param forms compiles constraints; used on the head and on the last stage
 * @param stageBytes weights and KV together
 */
public record LoadedStage(
        ModelSpec spec,
        Optional<Checkpoint> checkpoint,
        StageDevice device,
        Stage stage,
        StageConfig config,
        Optional<Tokenizer> tokenizer,
        AnswerForms forms,
        long stageBytes)
        implements AutoCloseable {
    @Override
    public void close() {
        stage.close();
        device.close();
        checkpoint.ifPresent(Checkpoint::close);
        tokenizer.ifPresent(Tokenizer::close);
    }
}
