package assay.agent.head;

import assay.agent.fault.AgentException;
import assay.agent.fault.FaultCode;
import assay.agent.link.Attempt;
import assay.agent.link.InLink;
import assay.agent.link.LinkLoss;
import assay.agent.link.OutLanes;
import assay.agent.link.OutLink;
import assay.agent.link.Patience;
import assay.agent.link.PeerChannels;
import assay.agent.session.Backoff;
import assay.agent.stages.StagePlace;
import assay.stage.v1.ActivationFrame;
import assay.stage.v1.Demands;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The head's ends of the chain under one epoch: dials the second stage, for ever, with growing
 * waits, and holds the link that the last stage opens. Confined to the head loop.
 */
final class ChainLink {
    private final StagePlace place;
    private final OutLanes lanes;
    private final Backoff backoff;
    private final Patience patience;
    private @Nullable InLink answers;
    private boolean up;
    private boolean stood;
    private long nextTryNanos;

    ChainLink(
            StagePlace place,
            PeerChannels peers,
            Backoff backoff,
            Patience patience,
            OutLink.Watcher watcher,
            long now) {
        this.place = place;
        this.lanes =
                new OutLanes(
                        peers, place.next().orElseThrow(), place.lanes(), place.toNext(), watcher);
        this.backoff = backoff;
        this.patience = patience;
        this.nextTryNanos = now;
    }

    /** All stages behind are ready. */
    boolean up() {
        return up;
    }

    /** It has been up under this epoch. */
    boolean stood() {
        return stood;
    }

    /** A message would leave at once. */
    boolean ready() {
        return up && lanes.isReady();
    }

    void send(List<ActivationFrame.Builder> message) {
        lanes.send(message);
    }

    /** Tells the last stage what to answer. */
    void demand(Demands demands) {
        if (answers != null) {
            answers.demand(demands);
        }
    }

    /**
     * Dials when it is time; nanoseconds until it would, or until {@link #trouble} is to be asked.
     */
    long dialIfDue(long lineage, long now) {
        if (lanes.dialled()) {
            return lanes.lookAgainNanos(patience);
        }
        if (now < nextTryNanos) {
            return nextTryNanos - now;
        }
        lanes.dial(new Attempt(now, lineage));
        return lanes.lookAgainNanos(patience);
    }

    /** A stage behind that is lost although no link has broken. */
    Optional<LinkLoss> trouble(long now) {
        return lanes.trouble(patience, now);
    }

    /** Someone waits for the chain: dial now. */
    void hurry(long now) {
        nextTryNanos = now;
    }

    boolean isCurrent(OutLink<?> which) {
        return lanes.has(which);
    }

    /** The last stage opened its link, before the chain is accepted. */
    void answersFrom(InLink link) {
        answers = link;
        link.accept(place.epoch(), place.count());
        link.more(place.frameCredit());
    }

    boolean isAnswers(InLink link) {
        return link == answers;
    }

    /**
     * The second stage says that all behind it is ready.
     *
     * @return whether the last stage's link is here as well, as it must be
     */
    boolean accepted() {
        lanes.accepted();
        if (answers == null) {
            return false;
        }
        up = true;
        stood = true;
        backoff.reset();
        return true;
    }

    /** Gives the links up. */
    void drop(String why, long now) {
        up = false;
        nextTryNanos = now + backoff.next().toNanos();
        lanes.drop(why);
        InLink open = answers;
        answers = null;
        if (open != null) {
            open.fail(new AgentException(FaultCode.STAGE_LOST, why));
        }
    }

    void close(String why) {
        drop(why, 0);
        lanes.close(why);
    }
}
