package assay.agent.head;

import assay.agent.link.OutLink;
import assay.agent.link.PeerChannels;
import assay.agent.session.Backoff;
import assay.agent.stages.StagePlace;
import assay.stage.v1.ActivationFrame;
import io.grpc.ManagedChannel;
import org.jspecify.annotations.Nullable;

/**
 * The head's end of the chain: dials the second stage, for ever, with growing waits. Confined to
 * the head loop.
 */
final class ChainLink {
    private final StagePlace place;
    private final ManagedChannel channel;
    private final Backoff backoff;
    private final OutLink.Watcher watcher;
    private @Nullable OutLink<ActivationFrame> link;
    private boolean up;
    private long nextTryNanos;

    ChainLink(
            StagePlace place,
            PeerChannels peers,
            Backoff backoff,
            OutLink.Watcher watcher,
            long now) {
        this.place = place;
        this.channel = peers.open(place.next().orElseThrow());
        this.backoff = backoff;
        this.watcher = watcher;
        this.nextTryNanos = now;
    }

    /** All stages behind are ready. */
    boolean up() {
        return up;
    }

    /** A frame would leave at once. */
    boolean ready() {
        return up && link != null && link.isReady();
    }

    void send(ActivationFrame frame) {
        if (link != null) {
            link.send(frame);
        }
    }

    /** Dials when it is time; nanoseconds until it would. */
    long dialIfDue(long now) {
        if (link != null) {
            return Long.MAX_VALUE;
        }
        if (now < nextTryNanos) {
            return nextTryNanos - now;
        }
        channel.resetConnectBackoff();
        link = OutLink.activations(channel, place.toNext(), watcher);
        return Long.MAX_VALUE;
    }

    /** Someone waits for the chain: dial now. */
    void hurry(long now) {
        nextTryNanos = now;
    }

    boolean isCurrent(OutLink<?> which) {
        return which == link;
    }

    void accepted() {
        up = true;
        backoff.reset();
    }

    /** Gives the link up; the stages behind empty their KV. */
    void drop(String why, long now) {
        OutLink<ActivationFrame> open = link;
        link = null;
        up = false;
        nextTryNanos = now + backoff.next().toNanos();
        if (open != null) {
            open.close(why);
        }
    }

    void close() {
        OutLink<ActivationFrame> open = link;
        link = null;
        up = false;
        if (open != null) {
            open.close("the head stops");
        }
        channel.shutdownNow();
    }
}
