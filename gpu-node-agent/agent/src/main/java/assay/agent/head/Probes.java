package assay.agent.head;

import assay.agent.fault.AgentException;
import assay.engine.batch.FinishReason;
import assay.engine.batch.SequenceEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Proofs that tokens pass through all stages: those that were asked for, and one of its own while
 * nothing else runs. Any token proves it, so a busy head never adds work. Confined to the head
 * loop.
 */
final class Probes {
    private static final Duration LIMIT = Duration.ofSeconds(15);

    /** Takes the probe's token and says nothing: what counts is that it came. */
    static final TokenSink SILENT =
            new TokenSink() {
                @Override
                public void accepted() {}

                @Override
                public boolean token(SequenceEvent.Token token, Timing timing) {
                    return true;
                }

                @Override
                public void finished(FinishReason reason) {}

                @Override
                public void failed(AgentException fault) {}
            };

    private record Asked(HeadLoop.ProbeResult result, long askedNanos) {}

    private final long everyNanos;
    private final List<Asked> asked = new ArrayList<>();
    private long lastTokenNanos;
    private long lastProbeNanos;
    private boolean wanted;

    Probes(Duration every, long now) {
        this.everyNanos = every.toNanos();
        this.lastProbeNanos = now;
    }

    void ask(HeadLoop.ProbeResult result, long now) {
        asked.add(new Asked(result, now));
        wanted = true;
    }

    /** The chain stands again: what was asked meanwhile is due. */
    void submitWaiting() {
        wanted = !asked.isEmpty();
    }

    /** Whether to send a token now; true once for each need. */
    boolean due(long now, boolean idle) {
        long since = now - Math.max(lastTokenNanos, lastProbeNanos);
        if (idle && (wanted || since >= everyNanos)) {
            wanted = false;
            lastProbeNanos = now;
            return true;
        }
        return false;
    }

    void tokenCame(long now) {
        lastTokenNanos = now;
        finish(true, "", now);
    }

    /** When a token last came; 0 for never. */
    long lastTokenNanos() {
        return lastTokenNanos;
    }

    void fail(String why, long now) {
        finish(false, why, now);
    }

    void expire(long now) {
        if (!asked.isEmpty() && now - asked.getFirst().askedNanos() > LIMIT.toNanos()) {
            fail("no token came through all stages within " + LIMIT.toSeconds() + " s", now);
        }
    }

    /**
     * Until something is due.
     *
     * @param idle nothing runs and the chain stands, so that a probe could go
     */
    long waitNanos(long now, boolean idle) {
        long probe =
                idle ? Math.max(lastTokenNanos, lastProbeNanos) + everyNanos - now : Long.MAX_VALUE;
        return asked.isEmpty()
                ? probe
                : Math.min(probe, asked.getFirst().askedNanos() + LIMIT.toNanos() - now + 1);
    }

    private void finish(boolean passed, String detail, long now) {
        List<Asked> all = List.copyOf(asked);
        asked.clear();
        wanted = false;
        all.forEach(a -> a.result().done(passed, Duration.ofNanos(now - a.askedNanos()), detail));
    }
}
