package assay.web.limits;

import assay.web.WebException;
import java.util.ArrayList;
import java.util.List;

/**
 * What a request may use, until it is settled or closed; closed without having been settled it
 * gives everything back, as if the request had never been. Confined to the request's thread.
 */
public final class Admission implements AutoCloseable {
    private final Quotas quotas;
    private final Quotas.Asker asker;
    private final List<Part> parts = new ArrayList<>(1);
    private Need reserved; // by the first part
    private boolean over;

    /** What was asked for at one time. */
    private record Part(LeasedLimits.Outcome.Admitted held, Need need) {}

    Admission(
            Quotas quotas, Quotas.Asker asker, LeasedLimits.Outcome.Admitted first, Need reserved) {
        this.quotas = quotas;
        this.asker = asker;
        this.parts.add(new Part(first, reserved));
        this.reserved = reserved;
    }

    /** The limits that the request counts against, the tightest first. */
    public List<LimitState> states() {
        return quotas.states(parts.getFirst().held());
    }

    /**
     * The model's own tokenizer has counted the prompt. What was reserved above that goes back; if
     * it was too little, the rest is asked for.
     *
     * @throws WebException QUOTA_EXCEEDED when the rest is not there: then no answer may be given
     */
    public void inputKnown(long tokens) {
        if (over || tokens == reserved.inputTokens()) {
            return;
        }
        if (tokens > reserved.inputTokens()) {
            more(Need.tokens(tokens - reserved.inputTokens(), 0));
            return;
        }
        reserved =
                new Need(
                        reserved.requests(),
                        reserved.concurrent(),
                        tokens,
                        reserved.outputTokens(),
                        reserved.batchItems());
        var first = parts.getFirst().held();
        for (Grip grip : first.grips()) {
            first.ledger().shrink(grip, grip.shelf.kind().of(reserved));
        }
    }

    /**
     * Asks for more, for the same request.
     *
     * @throws WebException QUOTA_EXCEEDED; what is held already stays
     */
    public void more(Need need) {
        parts.add(new Part(quotas.take(asker, need), need));
    }

    /**
     * The request has ended and this is what it used. Returns when that is stored, where it must be
     * before anybody is told. The first end counts.
     */
    public void settle(Need used) {
        if (over) {
            return;
        }
        over = true;
        quotas.used(asker, used);
        Need left = used;
        for (int i = parts.size() - 1; i >= 0; i--) {
            Part part = parts.get(i);
            Need here = i == 0 ? left : least(part.need(), left);
            left = minus(left, here);
            quotas.settle(part.held(), here);
        }
    }

    private static Need least(Need a, Need b) {
        return new Need(
                Math.min(a.requests(), b.requests()),
                Math.min(a.concurrent(), b.concurrent()),
                Math.min(a.inputTokens(), b.inputTokens()),
                Math.min(a.outputTokens(), b.outputTokens()),
                Math.min(a.batchItems(), b.batchItems()));
    }

    private static Need minus(Need a, Need b) {
        return new Need(
                a.requests() - b.requests(),
                a.concurrent() - b.concurrent(),
                a.inputTokens() - b.inputTokens(),
                a.outputTokens() - b.outputTokens(),
                a.batchItems() - b.batchItems());
    }

    /** Gives back what was not settled. */
    @Override
    public void close() {
        if (!over) {
            over = true;
            parts.forEach(part -> quotas.settle(part.held(), Need.NOTHING));
        }
    }
}
