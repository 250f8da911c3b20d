package assay.engine.stage;

import assay.engine.sample.SamplingParams;
import java.util.List;

/**
 * Chooses ids where the logits are, for demands that need nothing but the logits and the
 * parameters: no history, mask, bias or alternatives. Confined to the stage's thread.
 */
public interface PlainSampler {
    /**
     * Chooses the successors of some tokens of the step that ran last, as {@link
     * assay.engine.sample.Sampler} does up to the rounding of sums.
     *
     * @param rows tokens of the step
     * @param params of each
     * @param positions of the ids that are chosen, as the sampler counts them
     * @param ids out: chosen; -1 where a logit is not finite
     * @param logProbs out: of the chosen under the model's own distribution
     */
    void sample(
            int[] rows, List<SamplingParams> params, int[] positions, int[] ids, float[] logProbs);
}
