package assay.engine.batch;

import assay.engine.stage.MicroBatch;

/**
 * A step to run now.
 *
 * @param tokenIds of all slices, for the first stage
 */
@SuppressWarnings("ArrayRecordComponent") // lives for one step, is never compared
public record PlannedStep(MicroBatch batch, int[] tokenIds) {}
