package assay.agent.head;

import assay.agent.fault.AgentException;
import assay.agent.fault.FaultCode;
import assay.engine.batch.FinishReason;
import assay.engine.model.ModelSpec;
import assay.inference.v1.GenerateRequest;
import assay.inference.v1.Resumed;
import java.util.Optional;

/** Answers that another head began. Stateless. */
final class Resumption {
    private Resumption() {}

    /** What has been told of an answer; nothing of one that begins here. */
    static Resumed of(GenerateRequest request, int choice) {
        return request.getResumedList().stream()
                .filter(resumed -> resumed.getChoice() == choice)
                .findFirst()
                .orElse(Resumed.getDefaultInstance());
    }

    /**
     * The tokens that have been told.
     *
     * @throws AgentException REQUEST_INVALID
     */
    static int[] ids(Resumed resumed, GenerateRequest request, ModelSpec spec) {
        int[] ids = resumed.getIdsList().stream().mapToInt(id -> id).toArray();
        if (ids.length > request.getMaxTokens()) {
            throw invalid("tokens: " + ids.length, "at most max_tokens, " + request.getMaxTokens());
        }
        if (resumed.getTextUnits() < 0) {
            throw invalid("text_units: " + resumed.getTextUnits(), "at least 0");
        }
        for (int id : ids) {
            if (id < 0 || id >= spec.vocabularySize()) {
                throw invalid("id: " + id, "0.." + (spec.vocabularySize() - 1));
            }
        }
        return ids;
    }

    /**
     * How an answer ended whose end was lost: its tokens had been told, but not that they were the
     * last.
     *
     * @param stopped a stop sequence ended the text
     */
    static Optional<FinishReason> end(int[] told, boolean stopped, Wanted wanted, ModelSpec spec) {
        if (stopped || (told.length > 0 && spec.eosIds().contains(told[told.length - 1]))) {
            return Optional.of(FinishReason.STOP);
        }
        boolean full = wanted.promptIds().length + told.length >= spec.contextTokens();
        return told.length >= wanted.maxTokens() || (full && told.length > 0)
                ? Optional.of(FinishReason.LENGTH)
                : Optional.empty();
    }

    private static AgentException invalid(String value, String expected) {
        return new AgentException(
                FaultCode.REQUEST_INVALID, "resumed " + value + " (expected: " + expected + ")");
    }
}
