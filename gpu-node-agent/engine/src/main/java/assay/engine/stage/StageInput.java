package assay.engine.stage;

import java.lang.foreign.MemorySegment;

/** What a micro-batch brings: ids into the first stage, hidden states into the others. */
public sealed interface StageInput {
    /**
     * Tokens, for the stage that embeds.
     *
     * @param ids of all slices, in their order; not copied
     */
    @SuppressWarnings("ArrayRecordComponent") // lives for one step, is never compared
    record TokenIds(int[] ids) implements StageInput {}

    /**
     * What the stage before gave.
     *
     * @param data (tokens, hidden) f32, row-major, little endian; native or heap memory; read, not
     *     kept
     */
    record Hidden(MemorySegment data) implements StageInput {}

    /**
     * Hidden states that are on the stage's device already: only {@link Stage#forwardTo} of the
     * stage before makes one, for the step that follows there.
     *
     * @param tokens of the step
     */
    record Delivered(int tokens) implements StageInput {}
}
