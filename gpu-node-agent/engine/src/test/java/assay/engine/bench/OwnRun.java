package assay.engine.bench;

import assay.engine.batch.BatchConfig;
import assay.engine.batch.Batcher;
import assay.engine.batch.PlannedStep;
import assay.engine.batch.SequenceEvent;
import assay.engine.batch.SequenceRequest;
import assay.engine.kernel.Backend;
import assay.engine.kernel.Backends;
import assay.engine.model.LayerRange;
import assay.engine.sample.SamplingParams;
import assay.engine.stage.Stage;
import assay.engine.stage.StageConfig;
import assay.engine.stage.StageInput;
import assay.engine.stage.StageOutput;
import assay.engine.weights.Checkpoint;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * This engine as a contender: a process that loads a model, prints {@code ready}, and answers each
 * line of its input, a {@link Measure}, with tokens a second. Requests go through the batcher and
 * one stage, as on a node.
 *
 * <p>Arguments: the model, threads, prompt tokens, sequences, steps.
 */
final class OwnRun implements AutoCloseable {
    private static final int KV_TOKENS = 4_096;

    private final Workload work;
    private final Checkpoint checkpoint;
    private final Backend backend;
    private final Stage stage;
    private final BatchConfig config;
    private long nextSequence;

    private OwnRun(Path model, Workload work) {
        this.work = work;
        checkpoint = Checkpoint.open(model);
        var spec = checkpoint.spec();
        backend = Backends.named("cpu", work.threads());
        int sequences = Workload.SEQUENCES;
        int step = work.promptTokens();
        stage =
                Stage.load(
                        spec,
                        checkpoint,
                        LayerRange.all(spec),
                        backend,
                        new StageConfig(KV_TOKENS, sequences, step));
        config = new BatchConfig(step, sequences, 1, sequences, KV_TOKENS, spec.contextTokens());
        stage.warmUp();
    }

    public static void main(String[] args) throws IOException {
        Workload work =
                new Workload(
                        Integer.parseInt(args[1]),
                        Integer.parseInt(args[2]),
                        Integer.parseInt(args[4]));
        try (OwnRun run = new OwnRun(Path.of(args[0]), work);
                var in =
                        new BufferedReader(
                                new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            System.out.println("ready");
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                System.out.println(
                        switch (line) {
                            case "prefill_1" -> run.prefill(1);
                            case "decode_1" -> run.decode(1);
                            case "prefill_16" -> run.prefill(Workload.SEQUENCES);
                            case "decode_16" -> run.decode(Workload.SEQUENCES);
                            default -> throw new IllegalArgumentException(line);
                        });
            }
        }
    }

    private double prefill(int sequences) {
        Batcher batcher = submit(sequences, 1);
        long begin = System.nanoTime();
        runUntil(batcher, sequences, true);
        double rate = work.promptTokens() / seconds(begin);
        stage.reset();
        return rate;
    }

    private double decode(int sequences) {
        // One token comes of the prompts, one step warms up.
        Batcher batcher = submit(sequences, work.steps() + 2);
        runUntil(batcher, sequences, false);
        step(batcher);
        long begin = System.nanoTime();
        int steps = runUntil(batcher, sequences, true);
        double rate = steps * sequences / seconds(begin);
        stage.reset();
        return rate;
    }

    private static double seconds(long begin) {
        return (System.nanoTime() - begin) / 1e9;
    }

    private Batcher submit(int sequences, int tokens) {
        Batcher batcher = new Batcher(config, System::nanoTime);
        for (int i = 0; i < sequences; i++) {
            int[] prompt = Workload.prompt(i, work.promptTokens() / sequences);
            batcher.submit(
                    new SequenceRequest(
                            nextSequence++, prompt, tokens, SamplingParams.GREEDY, Set.of()));
        }
        return batcher;
    }

    /** Steps until each sequence has got a token, or until all are done; returns their number. */
    private int runUntil(Batcher batcher, int sequences, boolean done) {
        Set<Long> begun = new HashSet<>();
        int steps = 0;
        while (done ? !batcher.idle() : begun.size() < sequences) {
            begun.addAll(step(batcher));
            steps++;
        }
        return steps;
    }

    /** One step; returns the sequences that got a token. */
    private Set<Long> step(Batcher batcher) {
        PlannedStep step = batcher.next().orElseThrow();
        stage.release(step.releases());
        long begin = System.nanoTime();
        var input = new StageInput.TokenIds(step.tokenIds());
        if (!(stage.step(step.batch(), input, step.demands(), null)
                instanceof StageOutput.Sampled sampled)) {
            throw new IllegalStateException("no last stage");
        }
        Set<Long> sequences = new HashSet<>();
        long nanos = System.nanoTime() - begin;
        for (SequenceEvent event : batcher.complete(step.batch().stepId(), sampled, nanos)) {
            if (event instanceof SequenceEvent.Token token) {
                sequences.add(token.sequenceId());
            }
        }
        return sequences;
    }

    @Override
    public void close() {
        stage.close();
        backend.close();
        checkpoint.close();
    }
}
