package assay.scheduler.core.cluster;

import java.time.Duration;

/**
 * A stage as it would run. Immutable.
 *
 * @param assignment what is where
 * @param step estimated time of one decode step of a full batch, after its last token has come
 * @param hop estimated time of that batch's activations to the next stage; zero for the last
 * @param spare bytes that are left free on the device by all stages of the plan together
 * @param kvRoomTokens tokens that the cache could hold if it took all that is spare, beside those
 *     promised
 */
public record StagePlan(
        StageAssignment assignment, Duration step, Duration hop, Bytes spare, long kvRoomTokens) {}
