package assay.agent.stages;

import assay.agent.config.AgentConfig.HeadLimits;
import assay.agent.config.HostPort;
import assay.agent.link.LinkEnds;
import assay.agent.link.Patience;
import assay.agent.v1.AssignStage;
import assay.agent.v1.WireType;
import assay.engine.stage.StageConfig;
import assay.stage.v1.ElementType;
import java.time.Duration;
import java.util.Optional;

/**
 * Where a stage stands in its replica, under one epoch. Immutable.
 *
 * @param next the following stage; empty for the last one
 * @param head stage 0
 * @param hiddenSize width of a row of activations
 * @param wireType of activations to the next stage
 * @param lanes connections to the next stage
 */
public record StagePlace(
        String replica,
        long epoch,
        int index,
        int count,
        Optional<HostPort> next,
        HostPort head,
        int hiddenSize,
        ElementType wireType,
        int lanes) {
    private static final int LANES = 2;
    private static final int LANES_MOST = 16;

    /** Refuses an index outside the replica, and a missing neighbour. */
    public StagePlace {
        if (index < 0 || index >= count) {
            throw new IllegalArgumentException(
                    "stage: " + index + " (expected: below " + count + ")");
        }
        if (next.isEmpty() != (index == count - 1)) {
            throw new IllegalArgumentException(
                    "next_address: " + next + " (expected: set, but for the last stage)");
        }
        if (lanes < 1 || lanes > LANES_MOST) {
            throw new IllegalArgumentException(
                    "link_lanes: " + lanes + " (expected: 1.." + LANES_MOST + ")");
        }
    }

    /** The place that an order names. */
    public static StagePlace of(AssignStage order, int hiddenSize) {
        return new StagePlace(
                order.getReplicaId(),
                order.getEpoch(),
                order.getStageIndex(),
                order.getStageCount(),
                order.getNextAddress().isEmpty()
                        ? Optional.empty()
                        : Optional.of(HostPort.parse(order.getNextAddress())),
                HostPort.parse(order.getHeadAddress()),
                hiddenSize,
                wireType(order.getWireType()),
                order.getLinkLanes() == 0 ? LANES : order.getLinkLanes());
    }

    private static ElementType wireType(WireType type) {
        return switch (type) {
            case WIRE_TYPE_UNSPECIFIED, WIRE_TYPE_F32 -> ElementType.ELEMENT_TYPE_F32;
            case WIRE_TYPE_BF16 -> ElementType.ELEMENT_TYPE_BF16;
            case UNRECOGNIZED ->
                    throw new IllegalArgumentException("wire_type: unknown (expected: F32, BF16)");
        };
    }

    /** The replica has one stage alone. */
    public boolean whole() {
        return count == 1;
    }

    /** The link that comes in from the stage before. */
    public LinkEnds fromBefore() {
        return new LinkEnds(replica, epoch, index - 1, index, hiddenSize);
    }

    /** The link to the stage behind. */
    public LinkEnds toNext() {
        return new LinkEnds(replica, epoch, index, index + 1, hiddenSize);
    }

    /** The link from the last stage to the head. */
    public LinkEnds lastToHead() {
        return new LinkEnds(replica, epoch, count - 1, 0, hiddenSize);
    }

    /** Micro-batches in the pipeline when nothing is known yet of its times. */
    public int usualInFlight() {
        return whole() ? 1 : count + 1;
    }

    /** Micro-batches in the pipeline at most, however long its hops take. */
    public int mostInFlight() {
        return whole() ? 1 : 2 * count + 2;
    }

    /**
     * How long to wait for the next stage. A stage may be in the middle of its longest step before
     * it takes notice; those further from the end wait longer, so that the one before the trouble
     * tells of it.
     */
    public Patience patience(HeadLimits limits, StageConfig config) {
        Duration step =
                limits.hungStep().plus(HeadLimits.STEP_TOKEN.multipliedBy(config.maxStepTokens()));
        return new Patience(limits.linkSilence(), step.plusSeconds(count - index));
    }

    /** Frames a sender may have under way: micro-batches in flight, and releases between them. */
    public int frameCredit() {
        return 2 * mostInFlight() + 2;
    }

    @Override
    public String toString() {
        return "replica %s stage %d of %d, epoch %d".formatted(replica, index, count, epoch);
    }
}
