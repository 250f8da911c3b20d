package assay.engine.gpu;

import assay.engine.Distances;
import assay.engine.LocalPipeline;
import assay.engine.ModelFixtures.Golden;
import assay.engine.batch.BatchConfig;
import assay.engine.batch.SequenceRequest;
import assay.engine.sample.SamplingParams;
import assay.engine.stage.LogitsObserver;
import assay.engine.stage.MicroBatch;
import assay.engine.stage.Slice;
import assay.engine.stage.Stage;
import assay.engine.stage.StageInput;
import assay.engine.stage.StageOutput;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** Golden values against one pipeline, as numbers that a test or a table judges. */
final class GoldenRun {
    private static final int AT_ONCE = 64;

    private final LocalPipeline pipeline;
    private final List<Golden> goldens;

    GoldenRun(LocalPipeline pipeline, List<Golden> goldens) {
        this.pipeline = pipeline;
        this.goldens = goldens;
    }

    /**
     * How far apart.
     *
     * @param relative L2 of the difference over that of what was expected, the worst prompt
     * @param median the same of a single token's logits, of all tokens
     * @param compared greedy steps whose gap is above twice the prompt's largest error
     * @param missed of those, with another id
     * @param steps all greedy steps
     */
    record Outcome(double relative, double median, int compared, int missed, int steps) {
        boolean within(double bound) {
            return relative < bound && missed == 0 && compared * 2 > steps;
        }
    }

    /** Logits after each token of a prompt that runs as one slice. */
    List<float[]> whole(int[] ids) {
        List<float[]> rows = new ArrayList<>();
        var batch = new MicroBatch(1, List.of(new Slice(1, 0, ids.length, false, null)));
        pipeline.run(batch, ids, (id, position, row) -> rows.add(row));
        pipeline.stages().forEach(Stage::reset);
        return rows;
    }

    /** The same with the ids from {@code alone} on one by one. */
    List<float[]> oneByOne(int[] ids, int alone) {
        List<float[]> rows = new ArrayList<>();
        for (int at = 0; at < ids.length; ) {
            int count = at < alone ? alone : 1;
            var batch = new MicroBatch(at, List.of(new Slice(1, at, count, false, null)));
            int[] some = Arrays.copyOfRange(ids, at, at + count);
            pipeline.run(batch, some, (id, position, row) -> rows.add(row));
            at += count;
        }
        pipeline.stages().forEach(Stage::reset);
        return rows;
    }

    /** Every prompt with its continuation: as one slice, or the continuation one by one. */
    Outcome alone(boolean decoded) {
        double worst = 0;
        int compared = 0;
        int missed = 0;
        int steps = 0;
        List<Double> errors = new ArrayList<>();
        for (Golden golden : goldens) {
            int last = golden.prompt().length - 1;
            List<float[]> rows =
                    decoded
                            ? oneByOne(golden.whole(), golden.prompt().length)
                            : whole(golden.whole());
            List<float[]> prompt = rows.subList(0, last + 1);
            for (int t = 0; t <= last; t++) {
                float[][] expected = {golden.logits()[t]};
                errors.add(Distances.relative(List.of(prompt.get(t)), expected));
            }
            worst = Math.max(worst, Distances.relative(prompt, golden.logits()));
            double error = Distances.largest(prompt, golden.logits());
            for (int i = 0; i < golden.greedy().length; i++, steps++) {
                if (golden.gaps()[i] > 2 * error) {
                    compared++;
                    boolean same = Distances.likeliest(rows.get(last + i)) == golden.greedy()[i];
                    missed += same ? 0 : 1;
                }
            }
        }
        return new Outcome(worst, median(errors), compared, missed, steps);
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    /** How far decoded logits are from those of the same ids as one slice: the median token. */
    double decodeAgainstPrompt() {
        List<Double> errors = new ArrayList<>();
        for (Golden golden : goldens) {
            List<float[]> expected = whole(golden.whole());
            List<float[]> actual = oneByOne(golden.whole(), golden.prompt().length);
            for (int t = golden.prompt().length; t < expected.size(); t++) {
                float[][] one = {expected.get(t)};
                errors.add(Distances.relative(List.of(actual.get(t)), one));
            }
        }
        return median(errors);
    }

    /** What came of many sequences at once. */
    record Together(int steps, int missed, boolean repeatable) {}

    /**
     * All prompts at once, over and over until there are 64, greedily through a batcher. A sequence
     * is compared up to its first step whose gap is within the error.
     */
    Together together() {
        List<SequenceRequest> requests = new ArrayList<>();
        for (int i = 0; i < AT_ONCE; i++) {
            Golden golden = goldens.get(i % goldens.size());
            requests.add(
                    new SequenceRequest(
                            i,
                            golden.prompt(),
                            golden.greedy().length,
                            SamplingParams.GREEDY,
                            Set.of()));
        }
        var config = new BatchConfig(256, AT_ONCE, 1, AT_ONCE, 8_192, 512);
        var answers = pipeline.generate(config, requests);
        var again = pipeline.generate(config, requests);
        List<Double> errors =
                goldens.stream()
                        .map(g -> Distances.largest(whole(g.prompt()), g.logits()))
                        .toList();
        int steps = 0;
        int missed = 0;
        for (int i = 0; i < AT_ONCE; i++) {
            Golden golden = goldens.get(i % goldens.size());
            double error = errors.get(i % goldens.size());
            List<Integer> ids = answers.get(i).ids();
            for (int s = 0; s < golden.greedy().length && golden.gaps()[s] > 2 * error; s++) {
                steps++;
                if (s >= ids.size() || ids.get(s) != golden.greedy()[s]) {
                    missed++;
                    break;
                }
            }
        }
        return new Together(steps, missed, answers.equals(again));
    }

    /**
     * Tokens of single layers.
     *
     * @param compared tokens times layers
     * @param apart of those, further than the bound
     * @param median relative distance
     */
    record Layers(int compared, int apart, double median) {
        /** Where tokens choose experts: a few are sent elsewhere by a rounding. */
        boolean within(double bound) {
            return median < bound / 2 && apart * 20 <= compared;
        }
    }

    /**
     * Every layer on the input that the processor's layer has: what a rounding does in one layer,
     * another expert for a token for example, does not spread to others.
     *
     * @param exact the same model in as many stages on the processor
     */
    Layers layerByLayer(LocalPipeline exact, double bound) {
        List<Double> errors = new ArrayList<>();
        for (Golden golden : goldens) {
            int[] ids = golden.whole();
            var batch = new MicroBatch(1, List.of(new Slice(1, 0, ids.length, false, null)));
            StageInput input = new StageInput.TokenIds(ids);
            for (int i = 0; i < pipeline.stages().size(); i++) {
                List<float[]> expected = new ArrayList<>();
                List<float[]> actual = new ArrayList<>();
                int width = pipeline.spec().hiddenSize();
                rows(
                        pipeline.stages().get(i).step(batch, input, List.of(), into(actual)),
                        width,
                        actual);
                StageOutput right =
                        exact.stages().get(i).step(batch, input, List.of(), into(expected));
                rows(right, width, expected);
                for (int t = 0; t < ids.length; t++) {
                    float[][] one = {expected.get(t)};
                    errors.add(Distances.relative(List.of(actual.get(t)), one));
                }
                if (right instanceof StageOutput.Hidden(MemorySegment data)) {
                    input = new StageInput.Hidden(data);
                }
            }
            pipeline.stages().forEach(Stage::reset);
            exact.stages().forEach(Stage::reset);
        }
        int apart = Math.toIntExact(errors.stream().filter(error -> !(error < bound)).count());
        return new Layers(errors.size(), apart, median(errors));
    }

    private static LogitsObserver into(List<float[]> rows) {
        return (id, position, row) -> rows.add(row);
    }

    private static void rows(StageOutput output, int width, List<float[]> rows) {
        if (output instanceof StageOutput.Hidden(MemorySegment data)) {
            float[] all = data.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
            for (int at = 0; at < all.length; at += width) {
                rows.add(Arrays.copyOfRange(all, at, at + width));
            }
        }
    }
}
