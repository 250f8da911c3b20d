package assay.engine.stage;

import java.lang.foreign.MemorySegment;

/** What a micro-batch brings: ids into the first stage, hidden states into the others. */
public sealed interface StageInput {
    /**
     * @param ids of all slices, in their order; not copied
     */
    @SuppressWarnings("ArrayRecordComponent") // lives for one step, is never compared
    record TokenIds(int[] ids) implements StageInput {}

    /**
     * @param data (tokens, hidden) f32, row-major, little endian; native or heap memory; read, not
     *     kept
     */
    record Hidden(MemorySegment data) implements StageInput {}
}
