package assay.agent.head;

import assay.agent.link.OutLanes;
import assay.agent.link.OutLink;
import assay.agent.link.PeerChannels;
import assay.agent.session.Backoff;
import assay.agent.stages.StagePlace;
import assay.stage.v1.ActivationFrame;
import java.util.List;

/**
 * The head's end of the chain: dials the second stage, for ever, with growing waits. Confined to
 * the head loop.
 */
final class ChainLink {
    private final OutLanes lanes;
    private final Backoff backoff;
    private boolean up;
    private long nextTryNanos;

    ChainLink(
            StagePlace place,
            PeerChannels peers,
            Backoff backoff,
            OutLink.Watcher watcher,
            long now) {
        this.lanes =
                new OutLanes(
                        peers, place.next().orElseThrow(), place.lanes(), place.toNext(), watcher);
        this.backoff = backoff;
        this.nextTryNanos = now;
    }

    /** All stages behind are ready. */
    boolean up() {
        return up;
    }

    /** A message would leave at once. */
    boolean ready() {
        return up && lanes.isReady();
    }

    void send(List<ActivationFrame.Builder> message) {
        lanes.send(message);
    }

    /** Dials when it is time; nanoseconds until it would. */
    long dialIfDue(long now) {
        if (lanes.dialled()) {
            return Long.MAX_VALUE;
        }
        if (now < nextTryNanos) {
            return nextTryNanos - now;
        }
        lanes.dial(now);
        return Long.MAX_VALUE;
    }

    /** Someone waits for the chain: dial now. */
    void hurry(long now) {
        nextTryNanos = now;
    }

    boolean isCurrent(OutLink<?> which) {
        return lanes.has(which);
    }

    void accepted() {
        up = true;
        backoff.reset();
    }

    /** Gives the link up; the stages behind empty their KV. */
    void drop(String why, long now) {
        up = false;
        nextTryNanos = now + backoff.next().toNanos();
        lanes.drop(why);
    }

    void close() {
        up = false;
        lanes.close("the head stops");
    }
}
