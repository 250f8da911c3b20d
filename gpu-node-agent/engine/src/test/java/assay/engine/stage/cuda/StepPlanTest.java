package assay.engine.stage.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import assay.engine.stage.MicroBatch;
import assay.engine.stage.Slice;
import assay.engine.stage.cuda.StepFrame.Singles;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StepPlanTest {
    private static MicroBatch batch(int... tokens) {
        List<Slice> slices = new ArrayList<>();
        for (int i = 0; i < tokens.length; i++) {
            slices.add(new Slice(i, 5, tokens[i], false, null));
        }
        return new MicroBatch(1, slices);
    }

    @Test
    void aDecodeStepIsOneRunWithWhatFillsItUp() {
        StepPlan plan = StepPlan.of(batch(1, 1, 1), 4);
        assertThat(plan.singles()).containsExactly(new Singles(0, 4));
        assertThat(plan.tileCount()).isZero();
    }

    @Test
    void aPromptIsCutIntoTilesThatDoNotSpanSlices() {
        StepPlan plan = StepPlan.of(batch(1, 130, 1, 1, 2), 135);
        assertThat(plan.singles()).containsExactly(new Singles(0, 1), new Singles(131, 2));
        assertThat(plan.tiles()).containsExactly(1, 64, 65, 64, 129, 2, 133, 2);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void everyTokenAttendsOnce(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 100; round++) {
            int[] tokens = random.ints(1 + random.nextInt(9), 1, 200).toArray();
            for (int i = 0; i < tokens.length; i++) {
                tokens[i] = random.nextBoolean() ? 1 : tokens[i];
            }
            MicroBatch batch = batch(tokens);
            StepPlan plan = StepPlan.of(batch, batch.tokens());
            int[] seen = new int[batch.tokens()];
            for (Singles run : plan.singles()) {
                for (int t = run.first(); t < run.first() + run.count(); t++) {
                    seen[t]++;
                }
            }
            for (int i = 0; i < plan.tileCount(); i++) {
                for (int t = 0; t < plan.tiles()[2 * i + 1]; t++) {
                    seen[plan.tiles()[2 * i] + t]++;
                }
            }
            assertThat(seen).containsOnly(1);
        }
    }

    @Test
    void bucketsGrowInStepsThatWasteLittle() {
        assertThat(java.util.stream.IntStream.rangeClosed(1, 130).map(Buckets::of).distinct())
                .containsExactly(1, 2, 4, 8, 16, 24, 32, 40, 48, 56, 64, 128, 192);
        for (int tokens = 1; tokens < 3_000; tokens++) {
            assertThat(Buckets.of(tokens)).isGreaterThanOrEqualTo(tokens);
            assertThat(Buckets.of(Buckets.of(tokens))).isEqualTo(Buckets.of(tokens));
        }
    }
}
