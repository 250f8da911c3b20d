package assay.engine.stage;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What runs through a stage at once: the tokens of the slices, one slice after the other.
 * Immutable.
 *
 * @param stepId grows from step to step within an epoch
 * @param slices at least one, each of another sequence
 */
public record MicroBatch(long stepId, List<Slice> slices) {
    public MicroBatch {
        slices = List.copyOf(slices);
        Set<Long> sequences = new HashSet<>();
        for (Slice slice : slices) {
            if (!sequences.add(slice.sequenceId())) {
                throw new EngineException(
                        ErrorCode.STEP_INVALID,
                        "sequence %d: two slices in a step (expected: one)"
                                .formatted(slice.sequenceId()));
            }
        }
        if (slices.isEmpty()) {
            throw new EngineException(ErrorCode.STEP_INVALID, "slices: 0 (expected: at least 1)");
        }
    }

    public int tokens() {
        return slices.stream().mapToInt(Slice::tokens).sum();
    }
}
