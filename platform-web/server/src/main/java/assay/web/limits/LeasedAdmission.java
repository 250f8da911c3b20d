package assay.web.limits;

import java.util.ArrayList;
import java.util.List;

/** An admission that holds leases. Confined to the request's thread. */
final class LeasedAdmission implements Admission {
    private final Quotas quotas;
    private final Quotas.Asker asker;
    private final List<Part> parts = new ArrayList<>(1);
    private Need reserved; // by the first part
    private boolean refused;
    private boolean over;

    /** What was asked for at one time. */
    private record Part(LeasedLimits.Outcome.Admitted held, Need need) {}

    LeasedAdmission(
            Quotas quotas, Quotas.Asker asker, LeasedLimits.Outcome.Admitted first, Need reserved) {
        this.quotas = quotas;
        this.asker = asker;
        this.parts.add(new Part(first, reserved));
        this.reserved = reserved;
    }

    @Override
    public List<LimitState> states() {
        return quotas.states(parts.getFirst().held());
    }

    @Override
    public void inputKnown(long tokens) {
        if (over || tokens == reserved.inputTokens()) {
            return;
        }
        if (tokens > reserved.inputTokens()) {
            refused = true; // until the rest is there, no more is counted than was reserved
            more(Need.tokens(tokens - reserved.inputTokens(), 0));
            refused = false;
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

    @Override
    public void more(Need need) {
        parts.add(new Part(quotas.take(asker, need), need));
    }

    @Override
    public void settle(Need asked) {
        if (over) {
            return;
        }
        over = true;
        Need used = refused ? least(asked, reserved) : asked;
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

    @Override
    public void close() {
        if (!over) {
            over = true;
            parts.forEach(part -> quotas.settle(part.held(), Need.NOTHING));
        }
    }
}
