package assay.engine.batch;

import assay.engine.stage.MicroBatch;
import assay.engine.stage.SliceDemand;
import java.util.List;

/**
 * A step to run now.
 *
 * @param releases sequences whose tables every stage must forget before it runs the step, and after
 *     the steps before it
 * @param tokenIds of all slices, for the first stage
 * @param demands for the last stage, in the order of the slices
 * @param refills only stages that have lost their KV run it, and those before them, see {@link
 *     Batcher#rollBack}
 */
@SuppressWarnings("ArrayRecordComponent") // lives for one step, is never compared
public record PlannedStep(
        List<Long> releases,
        MicroBatch batch,
        int[] tokenIds,
        List<SliceDemand> demands,
        boolean refills) {
    public PlannedStep {
        releases = List.copyOf(releases);
        demands = List.copyOf(demands);
    }
}
