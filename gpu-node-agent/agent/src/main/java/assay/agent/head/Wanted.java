package assay.agent.head;

import assay.engine.batch.SequenceRequest;
import assay.engine.sample.SamplingParams;
import assay.engine.stage.Constraint;
import org.jspecify.annotations.Nullable;

/**
 * What is asked of the model for one sequence.
 *
 * @param promptIds not copied, not changed afterwards
 * @param maxTokens 0 where nothing is to be generated
 * @param tenant whose it is
 */
@SuppressWarnings("ArrayRecordComponent") // a prompt may be long; never compared
record Wanted(
        int[] promptIds,
        int maxTokens,
        SamplingParams sampling,
        String tenant,
        SequenceRequest.Task task) {
    /** An answer of so many tokens, of a form if there is one. */
    static Wanted answer(
            int[] promptIds,
            int maxTokens,
            SamplingParams sampling,
            String tenant,
            @Nullable Constraint constraint) {
        return new Wanted(
                promptIds,
                maxTokens,
                sampling,
                tenant,
                new SequenceRequest.Task.Generate(constraint));
    }

    /** Something about the prompt itself. */
    static Wanted about(int[] promptIds, String tenant, SequenceRequest.Task task) {
        return new Wanted(promptIds, 0, SamplingParams.GREEDY, tenant, task);
    }
}
