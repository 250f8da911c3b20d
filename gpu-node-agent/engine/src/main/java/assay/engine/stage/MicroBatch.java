package assay.engine.stage;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.sample.SamplingParams;
import java.util.ArrayList;
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

    /** The demands that slices bring along. */
    List<SliceDemand> ownDemands() {
        List<SliceDemand> demands = new ArrayList<>();
        for (Slice slice : slices) {
            if (slice.answered()) {
                SamplingParams params = slice.sampling();
                if (params == null) {
                    throw new EngineException(
                            ErrorCode.STEP_INVALID,
                            "sequence %d: no sampling parameters (expected: some)"
                                    .formatted(slice.sequenceId()));
                }
                var start = new SliceDemand.SamplingStart(params, new int[0], new int[0], null);
                demands.add(new SliceDemand.Sample(slice.sequenceId(), start));
            }
        }
        return demands;
    }

    public int tokens() {
        return slices.stream().mapToInt(Slice::tokens).sum();
    }
}
