package assay.web.limits;

import org.jspecify.annotations.Nullable;

/**
 * What this gateway holds of one slot of a limit. Guarded by its ledger's lock. Times are of the
 * ledger's ticker, and counted from before the database was asked: they end here before they end
 * there.
 */
final class Lease {
    final long slot;
    final boolean usedUp;

    /** Neither reserved nor settled. */
    long idle;

    /** By requests under way. */
    long reserved;

    long settled;

    /** That the database knows that so much may be settled. */
    long secured;

    long admitsUntil;
    long countsUntil;
    long leasedUntil;
    long touched;
    private @Nullable State told;

    private record State(long held, long idle, long secured) {}

    Lease(long slot, boolean usedUp) {
        this.slot = slot;
        this.usedUp = usedUp;
    }

    long held() {
        return idle + reserved + settled;
    }

    boolean admits(long now) {
        return now - admitsUntil < 0 && now - leasedUntil < 0;
    }

    void reserve(long amount, long now) {
        idle -= amount;
        reserved += amount;
        touched = now;
    }

    /** Of what was reserved nothing is needed any more. */
    void giveBack(long amount) {
        reserved -= amount;
        idle += amount;
    }

    /**
     * @param used of what was reserved; more where the reservation turned out too small
     */
    void settle(long amount, long used) {
        reserved -= amount;
        if (usedUp) {
            settled += used;
            idle += Math.max(0, amount - used);
        } else {
            idle += amount;
        }
    }

    /** Whether a crash now would give back what was used. */
    boolean unsecured(long now) {
        return usedUp && settled > secured && now - countsUntil < 0;
    }

    /**
     * What the database is to be told.
     *
     * @param keepsStock whether idle is kept and some of it may be settled unsaid
     */
    LeaseStore.Report report(boolean keepsStock, long now) {
        if (!keepsStock || now - admitsUntil >= 0) {
            idle = 0;
        }
        long margin = keepsStock && usedUp ? (idle + reserved) / 4 : 0;
        boolean done = idle == 0 && reserved == 0 && (now - admitsUntil >= 0 || !keepsStock);
        return new LeaseStore.Report(slot, held(), idle, settled + margin, secured, done);
    }

    /** Whether the database would learn something. */
    boolean dirty() {
        State state = told;
        return state == null
                || state.held != held()
                || state.idle != idle
                || (usedUp && settled > state.secured);
    }

    /** The database has it. */
    void told(LeaseStore.Report report, long until) {
        told = new State(report.held(), report.idle(), report.secured());
        secured = report.secured();
        leasedUntil = until;
    }

    /** It had run out: only what is under way goes on. */
    void lost() {
        idle = 0;
        told = null;
    }

    void granted(LeaseStore.Answer answer, long sent, long leaseNanos) {
        idle += answer.granted();
        secured = answer.secured();
        admitsUntil = sent + answer.admitsMillis() * 1_000_000;
        countsUntil = sent + answer.countsMillis() * 1_000_000;
        leasedUntil = sent + leaseNanos;
        touched = sent;
    }
}
