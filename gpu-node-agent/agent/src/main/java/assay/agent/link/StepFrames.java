package assay.agent.link;

import assay.agent.fault.AgentException;
import assay.agent.fault.FaultCode;
import assay.engine.EngineException;
import assay.engine.cache.KeptTable;
import assay.engine.cache.TableUpdate;
import assay.engine.stage.MicroBatch;
import assay.engine.stage.Slice;
import assay.engine.stage.StageInput;
import assay.stage.v1.ActivationFrame;
import assay.stage.v1.ElementType;
import assay.stage.v1.KeptSequence;
import assay.stage.v1.Release;
import assay.stage.v1.Resume;
import assay.stage.v1.Step;
import assay.stage.v1.StepPart;
import com.google.protobuf.ByteString;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Steps of the engine to frames of the wire and back; every frame is checked before it is used.
 * Stateless.
 */
public final class StepFrames {
    /** Activations in one frame, at most: so that no frame holds a connection for long. */
    static final int PART_BYTES = 2 << 20;

    private StepFrames() {}

    /**
     * One micro-batch on its way down, as one frame or more.
     *
     * @param hidden (tokens, hidden size) f32; copied, because the stage will write over it
     */
    public static List<ActivationFrame.Builder> step(
            long epoch,
            MicroBatch batch,
            MemorySegment hidden,
            ElementType type,
            StepTimings times) {
        return step(epoch, batch, Activations.encode(hidden, type), type, times, PART_BYTES);
    }

    /** The same, to be passed over by the stages from one on; for that one, without activations. */
    public static List<ActivationFrame.Builder> refill(
            List<ActivationFrame.Builder> step, int passFrom) {
        step.getFirst().getStepBuilder().setPassFrom(passFrom);
        return step;
    }

    /** A step for stages that pass it over. */
    public static List<ActivationFrame.Builder> passed(
            long epoch, MicroBatch batch, StepTimings times, int passFrom) {
        return refill(
                step(
                        epoch,
                        batch,
                        ByteString.EMPTY,
                        ElementType.ELEMENT_TYPE_F32,
                        times,
                        PART_BYTES),
                passFrom);
    }

    /** What to go on with after an attempt was accepted. */
    public static ActivationFrame.Builder resume(
            long epoch, int keptFrom, Collection<KeptTable> kept) {
        Resume.Builder resume = Resume.newBuilder().setEpoch(epoch).setKeptFrom(keptFrom);
        for (KeptTable one : kept) {
            KeptSequence.Builder sequence =
                    resume.addSequencesBuilder()
                            .setSequenceId(one.sequenceId())
                            .setTokens(one.tokens());
            for (int block : one.blocks()) {
                sequence.addTableBlocks(block);
            }
        }
        return ActivationFrame.newBuilder().setResume(resume);
    }

    /** What the frame says to keep. */
    public static List<KeptTable> kept(Resume resume) {
        return resume.getSequencesList().stream()
                .map(s ->
                        new KeptTable(
                                s.getSequenceId(),
                                s.getTokens(),
                                s.getTableBlocksList().stream().mapToInt(b -> b).toArray()))
                .toList();
    }

    static List<ActivationFrame.Builder> step(
            long epoch,
            MicroBatch batch,
            ByteString bytes,
            ElementType type,
            StepTimings times,
            int partBytes) {
        int parts = Math.max(1, Math.ceilDiv(bytes.size(), partBytes));
        ByteString first = bytes.substring(0, Math.min(partBytes, bytes.size()));
        Step.Builder step =
                Step.newBuilder()
                        .setEpoch(epoch)
                        .setStepId(batch.stepId())
                        .setType(type)
                        .setHidden(first)
                        .setCrc32C(Activations.crc32c(first))
                        .setParts(parts - 1)
                        .setTimes(times.wire());
        batch.slices().forEach(slice -> step.addSlices(slice(slice)));
        List<ActivationFrame.Builder> frames = new ArrayList<>(parts);
        frames.add(ActivationFrame.newBuilder().setStep(step));
        for (int i = 1; i < parts; i++) {
            ByteString part =
                    bytes.substring(i * partBytes, Math.min((i + 1) * partBytes, bytes.size()));
            frames.add(
                    ActivationFrame.newBuilder()
                            .setPart(
                                    StepPart.newBuilder()
                                            .setIndex(i)
                                            .setHidden(part)
                                            .setCrc32C(Activations.crc32c(part))));
        }
        return frames;
    }

    /** These sequences are over. */
    public static ActivationFrame.Builder release(long epoch, Collection<Long> sequences) {
        return ActivationFrame.newBuilder()
                .setRelease(Release.newBuilder().setEpoch(epoch).addAllSequenceIds(sequences));
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

    /** The times of the stages before. */
    public static StepTimings times(Step step) {
        return StepTimings.of(step.getTimes());
    }

    /** The activations of a message, as long as the batch says. */
    public static StageInput.Hidden hidden(InLanes.Message message, MicroBatch batch, int width) {
        ElementType type = message.first().getStep().getType();
        long floats = (long) batch.tokens() * width;
        return new StageInput.Hidden(Activations.decode(message.pieces(), type, floats));
    }

    private static assay.stage.v1.Slice slice(Slice slice) {
        assay.stage.v1.Slice.Builder out =
                assay.stage.v1.Slice.newBuilder()
                        .setSequenceId(slice.sequenceId())
                        .setPosition(slice.position())
                        .setTokens(slice.tokens())
                        .setSample(slice.answered());
        TableUpdate table = slice.table();
        if (table != null) {
            out.setTableKeep(table.keep());
            for (int block : table.blocks()) {
                out.addTableBlocks(block);
            }
        }
        return out.build();
    }

    private static Slice slice(assay.stage.v1.Slice slice) {
        return new Slice(
                slice.getSequenceId(),
                slice.getPosition(),
                slice.getTokens(),
                slice.getSample(),
                null,
                new TableUpdate(
                        slice.getTableKeep(),
                        slice.getTableBlocksList().stream().mapToInt(b -> b).toArray()));
    }

    private static AgentException wrong(String detail) {
        return new AgentException(FaultCode.LINK_MISMATCH, detail);
    }
}
