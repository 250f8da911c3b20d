package assay.web.limits;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What this gateway holds of a tenant's limits. Thread-safe: one lock, held for some additions and
 * never while the database is asked. A request takes of all its limits at once or of none.
 */
final class TenantLedger {
    /** A limit that nobody asked of for so long is not stocked any more. */
    private static final long RECENTLY = Duration.ofSeconds(2).toNanos();

    /** So long before a slot ends the next one is fetched. */
    private static final long AHEAD = Duration.ofMillis(1500).toNanos();

    final UUID tenantId;

    /**
     * Held by whoever asks the database about this tenant: one at a time, so that each finds what
     * the last one brought.
     */
    final ReentrantLock asking = new ReentrantLock();

    private final ReentrantLock lock = new ReentrantLock();
    private final long leaseNanos;

    // Guarded by lock.
    private final Map<UUID, Shelf> shelves = new HashMap<>();
    private Map<Subject, List<Shelf>> bySubject = new HashMap<>();
    private boolean nudged;

    volatile long readAt;
    volatile long usedAt;
    volatile long toldAt;

    TenantLedger(UUID tenantId, Duration lease) {
        this.tenantId = tenantId;
        this.leaseNanos = lease.toNanos();
    }

    /** The limits as they are set now. */
    void define(List<Quota> quotas) {
        lock.lock();
        try {
            Map<UUID, Quota> now = new HashMap<>();
            quotas.forEach(each -> now.put(each.id(), each));
            shelves.keySet().retainAll(now.keySet());
            Map<Subject, List<Shelf>> index = new HashMap<>();
            for (Quota each : quotas) {
                Shelf shelf = shelves.computeIfAbsent(each.id(), _ -> new Shelf(each));
                if (shelf.quota.version() != each.version()) {
                    shelf.tight =
                            true; // until the database says otherwise: what was stocked goes back
                }
                shelf.quota = each;
                index.computeIfAbsent(each.subject(), _ -> new ArrayList<>()).add(shelf);
            }
            bySubject = index;
        } finally {
            lock.unlock();
        }
    }

    /** What a request must hold. */
    record Wanted(Shelf shelf, long need) {}

    /** What became of an attempt: all grips, or what is missing. */
    record Taken(@Nullable List<Grip> grips, List<Wanted> missing) {}

    /** Takes of each limit of the subjects what is needed; or of none. */
    Taken take(List<Subject> subjects, Need need, long now) {
        lock.lock();
        try {
            List<Grip> grips = new ArrayList<>(4);
            List<Wanted> missing = new ArrayList<>(0);
            for (Subject subject : subjects) {
                List<Shelf> of = bySubject.get(subject);
                if (of == null) {
                    continue;
                }
                for (Shelf shelf : of) {
                    long amount = shelf.kind().of(need);
                    if (amount == 0) {
                        continue;
                    }
                    shelf.lastNeed = amount;
                    shelf.lastAsked = now;
                    Lease lease = shelf.with(amount, now);
                    if (lease == null) {
                        missing.add(new Wanted(shelf, amount));
                    } else {
                        grips.add(new Grip(shelf, lease, amount));
                    }
                }
            }
            if (!missing.isEmpty()) {
                return new Taken(null, missing);
            }
            for (Grip grip : grips) {
                grip.lease.reserve(grip.reserved, now);
                nudged |= grip.shelf.wantsStock(now, RECENTLY);
            }
            return new Taken(grips, missing);
        } finally {
            lock.unlock();
        }
    }

    /** The limit that has too little for the request, as far as the database said just now. */
    Optional<Refused> knownShort(List<Wanted> missing, long now) {
        lock.lock();
        try {
            for (Wanted each : missing) {
                if (each.shelf.knownShort(each.need, now)) {
                    return Optional.of(refused(each, now));
                }
            }
            return Optional.empty();
        } finally {
            lock.unlock();
        }
    }

    /** Whether another gateway has something in stock of a limit that has too little. */
    boolean idleElsewhere(List<Wanted> missing, long now) {
        lock.lock();
        try {
            for (Wanted each : missing) {
                if (each.shelf.knownShort(each.need, now) && each.shelf.idleElsewhere == 0) {
                    return false;
                }
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    Refused refusedNow(Wanted wanted, long now) {
        lock.lock();
        try {
            return refused(wanted, now);
        } finally {
            lock.unlock();
        }
    }

    private static Refused refused(Wanted wanted, long now) {
        Shelf shelf = wanted.shelf;
        return new Refused(
                shelf.quota,
                wanted.need,
                Math.max(0, shelf.remaining),
                Duration.ofNanos(Math.max(1_000_000, shelf.frees - now)));
    }

    /** Of grips that are held, less is needed than was thought. */
    void shrink(Grip grip, long amount) {
        lock.lock();
        try {
            long back = grip.reserved - amount;
            if (back > 0) {
                grip.lease.giveBack(back);
                grip.reserved = amount;
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * The end of a request.
     *
     * @return whether the database must be told before anybody is told of the end
     */
    boolean settle(List<Grip> grips, Need used, long now) {
        lock.lock();
        try {
            boolean unsecured = false;
            for (Grip grip : grips) {
                grip.lease.settle(grip.reserved, grip.shelf.kind().of(used));
                grip.reserved = 0;
                unsecured |= grip.lease.unsecured(now);
                nudged |= grip.shelf.tight;
            }
            return unsecured;
        } finally {
            lock.unlock();
        }
    }

    boolean unsecured(List<Grip> grips, long now) {
        lock.lock();
        try {
            return grips.stream().anyMatch(grip -> grip.lease.unsecured(now));
        } finally {
            lock.unlock();
        }
    }

    /**
     * What is to be told, and what is missing. All of it is locked in the database's order: by ids.
     */
    List<LeaseStore.Item> items(List<Wanted> missing, long now) {
        Map<UUID, Long> needs = new HashMap<>();
        lock.lock();
        try {
            for (Wanted each : missing) {
                needs.put(each.shelf.quota.id(), each.need);
            }
            List<LeaseStore.Item> items = new ArrayList<>();
            for (Shelf shelf : shelves.values()) {
                UUID id = shelf.quota.id();
                Long need = needs.get(id);
                List<LeaseStore.Report> reports = shelf.reports(true, false, now);
                if (need != null || !reports.isEmpty()) {
                    items.add(new LeaseStore.Item(id, need == null ? 0 : need, false, reports));
                }
            }
            nudged = false;
            return items;
        } finally {
            lock.unlock();
        }
    }

    /**
     * What is due without anybody waiting: reports, renewals, and stock for what comes.
     *
     * @param last nothing is kept: the gateway stops
     */
    List<LeaseStore.Item> dueItems(boolean last, long now) {
        lock.lock();
        try {
            List<LeaseStore.Item> items = new ArrayList<>();
            for (Shelf shelf : shelves.values()) {
                boolean next = !last && shelf.wantsNext(now, AHEAD, RECENTLY);
                boolean stock = !last && (next || shelf.wantsStock(now, RECENTLY));
                boolean keeps = !last && now - shelf.lastAsked < RECENTLY;
                List<LeaseStore.Report> reports = shelf.reports(keeps, true, now);
                if (stock || !reports.isEmpty()) {
                    items.add(
                            new LeaseStore.Item(
                                    shelf.quota.id(), stock ? shelf.lastNeed : 0, next, reports));
                }
            }
            nudged = false;
            return items;
        } finally {
            lock.unlock();
        }
    }

    void answered(List<LeaseStore.Item> items, List<LeaseStore.Answer> answers, long sent) {
        lock.lock();
        try {
            Map<UUID, LeaseStore.Answer> byQuota = new HashMap<>();
            answers.forEach(each -> byQuota.put(each.quotaId(), each));
            for (LeaseStore.Item item : items) {
                Shelf shelf = shelves.get(item.quotaId());
                LeaseStore.Answer answer = byQuota.get(item.quotaId());
                if (shelf != null && answer != null) {
                    shelf.answered(item.reports(), answer, item.need(), sent, leaseNanos);
                } else if (shelf != null) {
                    shelves.remove(item.quotaId()); // nothing is limited by it any more
                    bySubject.values().forEach(each -> each.remove(shelf));
                }
            }
            toldAt = sent;
        } finally {
            lock.unlock();
        }
    }

    /** What is left of the limits that the grips are of, the tightest first. */
    List<LimitState> states(List<Grip> grips, long now) {
        lock.lock();
        try {
            List<LimitState> states = new ArrayList<>();
            for (Grip grip : grips) {
                Shelf shelf = grip.shelf;
                long ends = Math.min(grip.lease.countsUntil - now, Duration.ofDays(31).toNanos());
                states.add(
                        new LimitState(
                                shelf.quota,
                                Math.max(0, Math.max(shelf.remaining, shelf.idle(now))),
                                Duration.ofNanos(Math.max(0, ends))));
            }
            states.sort(java.util.Comparator.comparingDouble(LimitState::share));
            return states;
        } finally {
            lock.unlock();
        }
    }

    /** Whether something should be told soon, and not only be kept alive. */
    boolean nudged() {
        lock.lock();
        try {
            return nudged;
        } finally {
            lock.unlock();
        }
    }

    /** Whether anything is held. */
    boolean holds() {
        lock.lock();
        try {
            return shelves.values().stream().anyMatch(shelf -> !shelf.leases.isEmpty());
        } finally {
            lock.unlock();
        }
    }
}
