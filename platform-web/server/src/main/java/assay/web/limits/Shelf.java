package assay.web.limits;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One limit at this gateway: its leases, and what was last heard of it. Guarded by its ledger's
 * lock.
 */
final class Shelf {
    /**
     * How long a refusal is believed: what is given back elsewhere in the meantime waits so long.
     */
    private static final long BELIEVED_NANOS = 50_000_000;

    Quota quota;
    final List<Lease> leases = new ArrayList<>(2);
    boolean tight;
    long remaining;
    long idleElsewhere;
    long frees; // until when a need that was refused waits
    long lastNeed;
    long lastAsked;
    private long lastGrant;
    private long shortOf = Long.MAX_VALUE;
    private long shortUntil;
    private boolean heard;

    Shelf(Quota quota) {
        this.quota = quota;
    }

    LimitKind kind() {
        return quota.kind();
    }

    @Nullable Lease with(long need, long now) {
        for (Lease each : leases) {
            if (each.idle >= need && each.admits(now)) {
                return each;
            }
        }
        return null;
    }

    /** What requests could take now. */
    long idle(long now) {
        long idle = 0;
        for (Lease each : leases) {
            if (each.admits(now)) {
                idle = Math.max(idle, each.idle);
            }
        }
        return idle;
    }

    private @Nullable Lease lease(long slot) {
        for (Lease each : leases) {
            if (each.slot == slot) {
                return each;
            }
        }
        return null;
    }

    /** Whether the database has just said that so much is not there. */
    boolean knownShort(long need, long now) {
        return need >= shortOf && now - shortUntil < 0;
    }

    boolean wantsStock(long now, long recently) {
        return heard
                && !tight
                && lastNeed > 0
                && now - lastAsked < recently
                && idle(now) < Math.max(lastGrant / 4, lastNeed);
    }

    /** Whether the newest slot ends so soon that the next one should be there already. */
    boolean wantsNext(long now, long ahead, long recently) {
        if (tight || now - lastAsked >= recently || leases.isEmpty()) {
            return false;
        }
        for (Lease each : leases) {
            if (now + ahead - each.admitsUntil < 0) {
                return false;
            }
        }
        return true;
    }

    List<LeaseStore.Report> reports(boolean keepsStock, boolean all, long now) {
        List<LeaseStore.Report> reports = new ArrayList<>(leases.size());
        for (Lease each : leases) {
            LeaseStore.Report report = each.report(keepsStock && !tight, now);
            if (all || report.done() || each.dirty()) {
                reports.add(report);
            }
        }
        return reports;
    }

    void answered(
            List<LeaseStore.Report> reports,
            LeaseStore.Answer answer,
            long need,
            long sent,
            long leaseNanos) {
        heard = true;
        for (LeaseStore.Report report : reports) {
            Lease lease = lease(report.slot());
            if (lease == null) {
                continue;
            }
            if (answer.lost().contains(report.slot())) {
                lease.lost();
            }
            if (report.done() && lease.held() == report.held() && lease.reserved == 0) {
                lease.secured = report.secured();
                leases.remove(lease);
            } else {
                lease.told(report, sent + leaseNanos);
            }
        }
        tight = answer.tight();
        remaining = answer.remaining();
        idleElsewhere = answer.idleElsewhere();
        if (answer.granted() > 0) {
            Lease lease = lease(answer.slot());
            if (lease == null) {
                lease = new Lease(answer.slot(), kind().usedUp());
                leases.add(lease);
            }
            lease.granted(answer, sent, leaseNanos);
            lastGrant = answer.granted();
            shortOf = Long.MAX_VALUE;
        } else if (need > 0) {
            frees = sent + answer.freesMillis() * 1_000_000;
            shortOf = need;
            shortUntil = sent + BELIEVED_NANOS;
        }
    }
}
