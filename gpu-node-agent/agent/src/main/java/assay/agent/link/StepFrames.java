package assay.agent.link;

import assay.agent.fault.AgentException;
import assay.agent.fault.FaultCode;
import assay.engine.EngineException;
import assay.engine.sample.SamplingParams;
import assay.engine.stage.MicroBatch;
import assay.engine.stage.SampledToken;
import assay.engine.stage.Slice;
import assay.engine.stage.StageInput;
import assay.stage.v1.ActivationFrame;
import assay.stage.v1.ElementType;
import assay.stage.v1.Release;
import assay.stage.v1.Sampled;
import assay.stage.v1.SliceSampling;
import assay.stage.v1.Step;
import assay.stage.v1.TokenFrame;
import com.google.protobuf.UnsafeByteOperations;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Collection;
import java.util.List;

/**
 * Steps of the engine to frames of the wire and back; every frame is checked before it is used.
 * Stateless.
 */
public final class StepFrames {
    private StepFrames() {}

    /**
     * One micro-batch on its way down.
     *
     * @param hidden (tokens, hidden size) f32; copied, because the stage will write over it
     */
    public static ActivationFrame step(long epoch, MicroBatch batch, MemorySegment hidden) {
        byte[] bytes = hidden.toArray(ValueLayout.JAVA_BYTE);
        Step.Builder step =
                Step.newBuilder()
                        .setEpoch(epoch)
                        .setStepId(batch.stepId())
                        .setType(ElementType.ELEMENT_TYPE_F32)
                        .setHidden(UnsafeByteOperations.unsafeWrap(bytes));
        batch.slices().forEach(slice -> step.addSlices(slice(slice)));
        return ActivationFrame.newBuilder().setStep(step).build();
    }

    /** These sequences are over. */
    public static ActivationFrame release(long epoch, Collection<Long> sequences) {
        return ActivationFrame.newBuilder()
                .setRelease(Release.newBuilder().setEpoch(epoch).addAllSequenceIds(sequences))
                .build();
    }

    /** What the last stage chose. */
    public static TokenFrame sampled(long epoch, long stepId, List<SampledToken> tokens) {
        Sampled.Builder sampled = Sampled.newBuilder().setEpoch(epoch).setStepId(stepId);
        for (SampledToken token : tokens) {
            sampled.addTokens(
                    assay.stage.v1.SampledToken.newBuilder()
                            .setSequenceId(token.sequenceId())
                            .setId(token.id())
                            .setLogProb(token.logProb()));
        }
        return TokenFrame.newBuilder().setSampled(sampled).build();
    }

    /** The micro-batch of a frame. */
    public static MicroBatch batch(Step step) {
        try {
            return new MicroBatch(
                    step.getStepId(),
                    step.getSlicesList().stream().map(StepFrames::slice).toList());
        } catch (EngineException e) {
            throw wrong("step " + step.getStepId() + ": " + e.getMessage());
        }
    }

    /** The activations of a frame, as long as the batch says. */
    public static StageInput.Hidden hidden(Step step, MicroBatch batch, int hiddenSize) {
        if (step.getType() != ElementType.ELEMENT_TYPE_F32) {
            throw wrong("element type: " + step.getType() + " (expected: ELEMENT_TYPE_F32)");
        }
        long expected = (long) batch.tokens() * hiddenSize * Float.BYTES;
        if (step.getHidden().size() != expected) {
            throw wrong(
                    "activations: "
                            + step.getHidden().size()
                            + " bytes (expected: "
                            + expected
                            + ")");
        }
        return new StageInput.Hidden(MemorySegment.ofArray(step.getHidden().toByteArray()));
    }

    /** The tokens of a frame. */
    public static List<SampledToken> tokens(Sampled sampled) {
        return sampled.getTokensList().stream()
                .map(t -> new SampledToken(t.getSequenceId(), t.getId(), t.getLogProb()))
                .toList();
    }

    private static assay.stage.v1.Slice slice(Slice slice) {
        assay.stage.v1.Slice.Builder out =
                assay.stage.v1.Slice.newBuilder()
                        .setSequenceId(slice.sequenceId())
                        .setPosition(slice.position())
                        .setTokens(slice.tokens())
                        .setSample(slice.sample());
        SamplingParams sampling = slice.sampling();
        if (slice.sample() && sampling != null) {
            out.setSampling(
                    SliceSampling.newBuilder()
                            .setTemperature(sampling.temperature())
                            .setTopP(sampling.topP())
                            .setTopK(sampling.topK())
                            .setSeed(sampling.seed()));
        }
        return out.build();
    }

    private static Slice slice(assay.stage.v1.Slice slice) {
        SliceSampling s = slice.getSampling();
        return new Slice(
                slice.getSequenceId(),
                slice.getPosition(),
                slice.getTokens(),
                slice.getSample(),
                slice.getSample()
                        ? new SamplingParams(
                                s.getTemperature(), s.getTopP(), s.getTopK(), s.getSeed())
                        : null);
    }

    private static AgentException wrong(String detail) {
        return new AgentException(FaultCode.LINK_MISMATCH, detail);
    }
}
