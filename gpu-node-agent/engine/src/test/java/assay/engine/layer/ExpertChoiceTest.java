package assay.engine.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import assay.engine.model.FeedForwardSpec.Experts;
import assay.engine.model.FeedForwardSpec.Router;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ExpertChoiceTest {
    private static final Router NORMALISED = new Router.Softmax(true);

    /** Of 8 experts in 4 groups, 3 from the 2 best groups. */
    private static final Experts GROUPED =
            new Experts(8, 3, 1, 0, new Router.GroupedSigmoid(4, 2, true, 2.5f));

    private final int[] experts = new int[3];
    private final float[] weights = new float[3];

    private static Experts softmax(int count, Router router) {
        return new Experts(count, 3, 1, 0, router);
    }

    private void choose(Experts spec, float[] bias, float... logits) {
        new ExpertChoice(spec, bias).choose(logits, experts, weights);
    }

    @Test
    void ofEqualExpertsTheLowerOnesAreTaken() {
        choose(softmax(5, NORMALISED), new float[5], 1, 2, 2, 2, 2);
        assertThat(experts).containsExactly(1, 2, 3);
        assertThat(weights).containsOnly(1f / 3);
    }

    @Test
    void weightsOfTheChosenSumToOneOnlyIfTheyAreNormalised() {
        choose(softmax(4, NORMALISED), new float[4], 3, 0, 1, 2);
        assertThat(experts).containsExactly(0, 3, 2);
        assertThat(weights[0] + weights[1] + weights[2]).isCloseTo(1, within(1e-6f));
        double sum = 1 + Math.exp(1) + Math.exp(2) + Math.exp(3);
        choose(softmax(4, new Router.Softmax(false)), new float[4], 3, 0, 1, 2);
        assertThat(weights[2]).isCloseTo((float) (Math.exp(1) / sum), within(1e-6f));
    }

    @Test
    void expertsOutsideTheBestGroupsAreNotTakenEvenIfThoseInsideRateBelowZero() {
        float[] bias = {-2, -2, -2, -2, -2, -2, -2, -2};
        choose(GROUPED, bias, 0, 0, 5, 5, 1, 1, 6, -9);
        // Ratings of the groups: 0 and 5 twice, 1 twice, then 6 beside one that is hardly open.
        assertThat(experts).containsExactly(2, 3, 4);
    }

    @Test
    void theBiasChoosesAndDoesNotWeigh() {
        float[] bias = new float[8];
        bias[6] = 3;
        bias[7] = 3;
        choose(GROUPED, bias, 0, 0, 4, 4, 0, 0, -1, -2);
        assertThat(experts).containsExactly(6, 7, 2);
        double[] shares =
                Arrays.stream(new double[] {-1, -2, 4}).map(x -> 1 / (1 + Math.exp(-x))).toArray();
        double sum = Arrays.stream(shares).sum();
        for (int i = 0; i < 3; i++) {
            assertThat(weights[i]).isCloseTo((float) (2.5 * shares[i] / sum), within(1e-6f));
        }
    }

    @Test
    void logitsThatAreNotNumbersStillChooseDifferentExperts() {
        float[] broken = new float[8];
        Arrays.fill(broken, Float.NaN);
        choose(GROUPED, new float[8], broken);
        assertThat(experts).doesNotHaveDuplicates();
        choose(softmax(8, NORMALISED), new float[8], broken);
        assertThat(experts).doesNotHaveDuplicates();
    }
}
