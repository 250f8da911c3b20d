package assay.agent.link;

import assay.agent.config.HostPort;
import assay.stage.v1.ActivationFrame;
import io.grpc.ManagedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The way of activations to the next stage: several lanes, each on a connection of its own. A
 * message's frames go to one lane after the other, and the next message begins at the next lane.
 * The lanes of an attempt live and die together. Confined to the owner's loop.
 */
public final class OutLanes {
    private final List<ManagedChannel> channels = new ArrayList<>();
    private final LinkEnds ends;
    private final OutLink.Watcher watcher;
    private @Nullable List<OutLink<ActivationFrame>> links;
    private long ordinal;
    private long dialledNanos;
    private boolean accepted;

    /** Opens no link yet. */
    public OutLanes(
            PeerChannels peers, HostPort next, int lanes, LinkEnds ends, OutLink.Watcher watcher) {
        this.ends = ends;
        this.watcher = watcher;
        for (int i = 0; i < lanes; i++) {
            channels.add(peers.open(next));
        }
    }

    /** Another attempt; there is none under way. */
    public void dial(Attempt attempt) {
        List<OutLink<ActivationFrame>> opened = new ArrayList<>();
        links = opened;
        ordinal = 0;
        dialledNanos = System.nanoTime();
        accepted = false;
        for (int lane = 0; lane < channels.size(); lane++) {
            channels.get(lane).resetConnectBackoff();
            opened.add(
                    OutLink.activations(
                            channels.get(lane),
                            ends.hello(attempt, lane, channels.size()),
                            watcher));
        }
    }

    /** An attempt is under way or stands. */
    public boolean dialled() {
        return links != null;
    }

    /** The next stage, and all behind it, is ready. */
    public void accepted() {
        accepted = true;
    }

    /**
     * What is wrong with the attempt that is under way although nothing has broken: the next stage
     * gives no sign of life, or does not say for too long that it is ready.
     */
    public Optional<LinkLoss> trouble(Patience patience, long now) {
        List<OutLink<ActivationFrame>> open = links;
        if (open == null) {
            return Optional.empty();
        }
        if (open.stream().anyMatch(l -> l.silentNanos(now) > patience.silence().toNanos())) {
            return lost("no sign of life for " + patience.silence().toMillis() + " ms");
        }
        if (!accepted && now - dialledNanos > patience.acceptance().toNanos()) {
            return lost("not ready within " + patience.acceptance().toMillis() + " ms");
        }
        return Optional.empty();
    }

    private Optional<LinkLoss> lost(String why) {
        return Optional.of(new LinkLoss("stage " + ends.toStage() + ": " + why, ends.toStage()));
    }

    /** Nanoseconds until {@link #trouble} is to be asked again. */
    public long lookAgainNanos(Patience patience) {
        return links == null ? Long.MAX_VALUE : patience.silence().toNanos() / 4;
    }

    /** The link belongs to the attempt that is under way. */
    public boolean has(OutLink<?> link) {
        return links != null && links.contains(link);
    }

    /** A message would leave at once. */
    public boolean isReady() {
        return links != null && links.stream().allMatch(OutLink::isReady);
    }

    /** Sends a message; where there is no attempt it is dropped. */
    public void send(List<ActivationFrame.Builder> frames) {
        List<OutLink<ActivationFrame>> open = links;
        if (open == null) {
            return;
        }
        for (int i = 0; i < frames.size(); i++) {
            int lane = (int) ((ordinal + i) % open.size());
            open.get(lane).send(frames.get(i).setOrdinal(ordinal).build());
        }
        ordinal++;
    }

    /** Gives the attempt up; the stages behind empty their KV. */
    public void drop(String why) {
        List<OutLink<ActivationFrame>> open = links;
        links = null;
        if (open != null) {
            open.forEach(link -> link.close(why));
        }
    }

    /** The last call. */
    public void close(String why) {
        drop(why);
        channels.forEach(ManagedChannel::shutdownNow);
    }
}
