package assay.agent.head;

import assay.agent.fault.AgentException;
import assay.agent.fault.FaultCode;
import assay.engine.sample.Cut;
import assay.engine.sample.LogitBias;
import assay.engine.sample.Penalties;
import assay.engine.sample.SamplingParams;
import assay.engine.sample.constrain.ConstraintSpec;
import assay.inference.v1.GenerateRequest;
import assay.inference.v1.Sampling;
import java.util.Optional;

/** What requests say about sampling. Stateless. */
final class Samplings {
    static final int CHOICES_MOST = 64;
    static final int TOP_MOST = SamplingParams.TOP_LOG_PROBS_MAX;

    private Samplings() {}

    /**
     * The parameters of a request; a field that is 0 is not set.
     *
     * @throws AgentException REQUEST_INVALID
     * @throws assay.engine.EngineException REQUEST_INVALID
     */
    static SamplingParams of(GenerateRequest request, int vocabularySize) {
        within("n", request.getN(), CHOICES_MOST);
        within("top_log_probs", request.getTopLogProbs(), TOP_MOST);
        Sampling s = request.getSampling();
        LogitBias bias = new LogitBias(s.getLogitBiasMap());
        bias.checkIds(vocabularySize);
        float topP = s.getTopP() == 0 ? 1 : s.getTopP();
        float repetition = s.getRepetitionPenalty() == 0 ? 1 : s.getRepetitionPenalty();
        return new SamplingParams(
                s.getTemperature(),
                new Cut(s.getMinP(), s.getTopK(), topP),
                s.getSeed(),
                new Penalties(repetition, s.getFrequencyPenalty(), s.getPresencePenalty()),
                bias,
                request.getTopLogProbs());
    }

    /** What the text of every answer must be. */
    static Optional<ConstraintSpec> constraint(GenerateRequest request) {
        return switch (request.getConstraintCase()) {
            case REGEX -> Optional.of(new ConstraintSpec.Regex(request.getRegex()));
            case JSON_SCHEMA -> Optional.of(new ConstraintSpec.JsonSchema(request.getJsonSchema()));
            case JSON_OBJECT ->
                    request.getJsonObject()
                            ? Optional.of(new ConstraintSpec.JsonObject())
                            : Optional.empty();
            case GRAMMAR -> Optional.of(new ConstraintSpec.Grammar(request.getGrammar()));
            case CONSTRAINT_NOT_SET -> Optional.empty();
        };
    }

    /** Refuses a number that is out of its bounds. */
    static void within(String name, int value, int most) {
        if (value < 0 || value > most) {
            throw new AgentException(
                    FaultCode.REQUEST_INVALID,
                    name + ": " + value + " (expected: 0.." + most + ")");
        }
    }
}
