package assay.agent.head;

import assay.agent.fault.AgentException;
import assay.agent.fault.FaultCode;
import assay.engine.sample.SamplingParams;
import assay.inference.v1.GenerateRequest;
import assay.inference.v1.Sampling;

/** Sampling parameters of requests. Stateless. */
final class Samplings {
    static final int CHOICES_MOST = 64;
    static final int TOP_MOST = 20;
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;

    private Samplings() {}

    /**
     * What a request asks of the sampler.
     *
     * @throws AgentException REQUEST_INVALID
     */
    static SamplingParams of(GenerateRequest request) {
        within("n", request.getN(), CHOICES_MOST);
        within("top_log_probs", request.getTopLogProbs(), TOP_MOST);
        Sampling sampling = request.getSampling();
        float topP = sampling.getTopP() == 0 ? 1 : sampling.getTopP();
        return new SamplingParams(
                sampling.getTemperature(), topP, sampling.getTopK(), sampling.getSeed());
    }

    /** Refuses a number that is out of its bounds. */
    static void within(String name, int value, int most) {
        if (value < 0 || value > most) {
            throw new AgentException(
                    FaultCode.REQUEST_INVALID,
                    name + ": " + value + " (expected: 0.." + most + ")");
        }
    }

    /** The same with other noise, for every choice but the first. */
    static SamplingParams ofChoice(SamplingParams params, int choice) {
        return new SamplingParams(
                params.temperature(),
                params.topP(),
                params.topK(),
                params.seed() + choice * GOLDEN);
    }
}
