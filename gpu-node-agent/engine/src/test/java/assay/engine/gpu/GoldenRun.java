package assay.engine.gpu;

import assay.engine.Distances;
import assay.engine.LocalPipeline;
import assay.engine.ModelFixtures.Golden;
import assay.engine.batch.BatchConfig;
import assay.engine.batch.SequenceRequest;
import assay.engine.sample.SamplingParams;
import assay.engine.stage.MicroBatch;
import assay.engine.stage.Slice;
import assay.engine.stage.Stage;
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
     * @param compared greedy steps whose gap is above twice the largest error
     * @param missed of those, with another id
     * @param steps all greedy steps
     */
    record Outcome(double relative, int compared, int missed, int steps) {
        boolean within(double bound) {
            return relative < bound && missed == 0 && compared * 10 > steps * 7;
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
        for (Golden golden : goldens) {
            int last = golden.prompt().length - 1;
            List<float[]> rows =
                    decoded
                            ? oneByOne(golden.whole(), golden.prompt().length)
                            : whole(golden.whole());
            List<float[]> prompt = rows.subList(0, last + 1);
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
        return new Outcome(worst, compared, missed, steps);
    }

    /** The largest relative distance of decoded logits from those of the same ids as one slice. */
    double decodeAgainstPrompt() {
        double worst = 0;
        for (Golden golden : goldens) {
            List<float[]> expected = whole(golden.whole());
            List<float[]> actual = oneByOne(golden.whole(), golden.prompt().length);
            worst =
                    Math.max(
                            worst,
                            Distances.relative(actual, expected.toArray(new float[0][])));
        }
        return worst;
    }

    /** What came of many sequences at once. */
    record Together(int steps, int missed, boolean repeatable) {}

    /**
     * All prompts at once, over and over until there are 64, greedily through a batcher. A sequence
     * is compared up to its first step whose gap is within the error.
     *
     * @param error largest of a logit
     */
    Together together(double error) {
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
        int steps = 0;
        int missed = 0;
        for (int i = 0; i < AT_ONCE; i++) {
            Golden golden = goldens.get(i % goldens.size());
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

    /** The largest error of a logit of any prompt. */
    double largestError() {
        double worst = 0;
        for (Golden golden : goldens) {
            worst = Math.max(worst, Distances.largest(whole(golden.prompt()), golden.logits()));
        }
        return worst;
    }
}
