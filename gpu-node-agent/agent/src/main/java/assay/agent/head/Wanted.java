package assay.agent.head;

import assay.engine.batch.SequenceRequest;
import assay.engine.sample.SamplingParams;
import assay.engine.stage.Constraint;
import org.jspecify.annotations.Nullable;

/**
 * What is asked of the model for one sequence.
 *
 * @param promptIds not copied, not changed afterwards
 * @param generatedIds of an answer that another head began, with all it told; not copied, not
 *     changed afterwards
 * @param maxTokens 0 where nothing is to be generated
 * @param tenant whose it is
 * @param givesWay to requests that do not
 */
@SuppressWarnings("ArrayRecordComponent") // a prompt may be long; never compared
record Wanted(
        int[] promptIds,
        int[] generatedIds,
        int maxTokens,
        SamplingParams sampling,
        String tenant,
        SequenceRequest.Task task,
        boolean givesWay) {
    private static final int[] NONE = {};

    /** An answer of so many tokens, of a form if there is one. */
    static Wanted answer(
            int[] promptIds,
            int maxTokens,
            SamplingParams sampling,
            String tenant,
            @Nullable Constraint constraint) {
        return new Wanted(
                promptIds,
                NONE,
                maxTokens,
                sampling,
                tenant,
                new SequenceRequest.Task.Generate(constraint),
                false);
    }

    /** The same, behind what another head has told of it. */
    Wanted behind(int[] ids) {
        return new Wanted(promptIds, ids, maxTokens, sampling, tenant, task, givesWay);
    }

    /** The same, giving way to others or not. */
    Wanted givingWay(boolean now) {
        return new Wanted(promptIds, generatedIds, maxTokens, sampling, tenant, task, now);
    }

    /** Something about the prompt itself. */
    static Wanted about(int[] promptIds, String tenant, SequenceRequest.Task task) {
        return new Wanted(promptIds, NONE, 0, SamplingParams.GREEDY, tenant, task, false);
    }
}
