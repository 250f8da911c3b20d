package assay.agent.link;

import assay.agent.fault.AgentException;
import assay.agent.fault.FaultCode;
import assay.stage.v1.LinkHello;

/**
 * Which two stages a link joins, and under which epoch. Both ends hold one and compare. Immutable.
 *
 * @param hiddenSize width of a row of activations
 */
public record LinkEnds(String replica, long epoch, int fromStage, int toStage, int hiddenSize) {
    private static final int SCHEMA = 2;

    /** The first frame of one of several lanes. */
    LinkHello hello(Attempt attempt, int lane, int lanes) {
        return hello().toBuilder()
                .setLinkId(attempt.id())
                .setLineage(attempt.lineage())
                .setLane(lane)
                .setLanes(lanes)
                .build();
    }

    /** The first frame of the link. */
    public LinkHello hello() {
        return LinkHello.newBuilder()
                .setSchema(SCHEMA)
                .setReplicaId(replica)
                .setEpoch(epoch)
                .setFromStage(fromStage)
                .setToStage(toStage)
                .setHiddenSize(hiddenSize)
                .build();
    }

    /** Refuses a hello that means another link; names both values. */
    public void check(LinkHello hello) {
        same("schema", hello.getSchema(), SCHEMA);
        if (hello.getEpoch() < epoch) {
            throw new AgentException(
                    FaultCode.STALE_EPOCH,
                    "epoch: " + hello.getEpoch() + " (expected: " + epoch + ")");
        }
        same("epoch", hello.getEpoch(), epoch);
        same("from_stage", hello.getFromStage(), fromStage);
        same("to_stage", hello.getToStage(), toStage);
        same("hidden_size", hello.getHiddenSize(), hiddenSize);
    }

    private static void same(String field, long got, long expected) {
        if (got != expected) {
            throw new AgentException(
                    FaultCode.LINK_MISMATCH, field + ": " + got + " (expected: " + expected + ")");
        }
    }
}
