package assay.agent.stages;

import assay.agent.config.HostPort;
import assay.agent.link.LinkEnds;
import assay.agent.v1.AssignStage;
import java.util.Optional;

/**
 * Where a stage stands in its replica, under one epoch. Immutable.
 *
 * @param next the following stage; empty for the last one
 * @param head stage 0
 * @param hiddenSize width of a row of activations
 */
public record StagePlace(
        String replica,
        long epoch,
        int index,
        int count,
        Optional<HostPort> next,
        HostPort head,
        int hiddenSize) {
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
                hiddenSize);
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

    /** Frames a sender may have under way: micro-batches in flight, and releases between them. */
    public int frameCredit() {
        return 2 * (count + 1) + 2;
    }
}
