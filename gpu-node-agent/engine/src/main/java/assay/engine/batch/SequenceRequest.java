package assay.engine.batch;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.sample.SamplingParams;
import assay.engine.stage.Constraint;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A sequence that wants to run.
 *
 * @param sequenceId never used before in this epoch
 * @param promptIds at least one; not copied, not changed afterwards
 * @param generatedIds that were sampled before, elsewhere, and count as generated; fewer than
 *     maxTokens, none for any other task. Not copied, not changed afterwards
 * @param maxTokens to generate at most, at least 1 for a generation, 0 for any other task
 * @param eosIds ids that end it
 * @param tenant whose it is: tenants get equal shares, and never share KV
 * @param task what is wanted of it
 * @param givesWay to sequences that do not: it is admitted when none of them waits, and loses its
 *     place to them
 */
@SuppressWarnings("ArrayRecordComponent") // a prompt may be long; requests are never compared
public record SequenceRequest(
        long sequenceId,
        int[] promptIds,
        int[] generatedIds,
        int maxTokens,
        SamplingParams sampling,
        Set<Integer> eosIds,
        String tenant,
        Task task,
        boolean givesWay) {
    private static final int[] NONE = {};

    /** What is wanted of a sequence. */
    public sealed interface Task {
        /**
         * Tokens that follow the prompt.
         *
         * @param constraint what they must be; null for anything
         */
        record Generate(@Nullable Constraint constraint) implements Task {
            /** Anything. */
            public Generate() {
                this(null);
            }
        }

        /**
         * How likely each token of the prompt is, but the first.
         *
         * @param alternatives likeliest tokens to tell beside each
         */
        record Rate(int alternatives) implements Task {}

        /** Hidden states of tokens of the prompt. */
        record States(Which which) implements Task {}
    }

    /** Tokens of a prompt. */
    public enum Which {
        FIRST,
        LAST,
        ALL
    }

    public SequenceRequest {
        eosIds = Set.copyOf(eosIds);
        if (promptIds.length == 0) {
            throw invalid("prompt: 0 tokens (expected: at least 1)");
        }
        int least = task instanceof Task.Generate ? 1 : 0;
        if (maxTokens < least || (least == 0 && maxTokens > 0)) {
            throw invalid(
                    "max_tokens: %d (expected: %s)"
                            .formatted(maxTokens, least == 1 ? "at least 1" : "0"));
        }
        if (generatedIds.length > 0 && generatedIds.length >= maxTokens) {
            throw invalid(
                    "generated: %d tokens (expected: fewer than max_tokens, %d)"
                            .formatted(generatedIds.length, maxTokens));
        }
        if (task instanceof Task.Rate && promptIds.length < 2) {
            throw invalid("prompt: 1 token (expected: at least 2 to rate)");
        }
    }

    /** One that begins here, and gives way to none. */
    public SequenceRequest(
            long sequenceId,
            int[] promptIds,
            int maxTokens,
            SamplingParams sampling,
            Set<Integer> eosIds,
            String tenant,
            Task task) {
        this(sequenceId, promptIds, NONE, maxTokens, sampling, eosIds, tenant, task, false);
    }

    /** A generation for the one tenant that there is. */
    public SequenceRequest(
            long sequenceId,
            int[] promptIds,
            int maxTokens,
            SamplingParams sampling,
            Set<Integer> eosIds) {
        this(sequenceId, promptIds, maxTokens, sampling, eosIds, "", new Task.Generate());
    }

    private static EngineException invalid(String message) {
        return new EngineException(ErrorCode.REQUEST_INVALID, message);
    }
}
