package assay.web.limits;

import assay.web.ErrorCode;
import assay.web.WebException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Admits requests against the leases that this gateway holds, and asks the store for more when they
 * do not do. Thread-safe; a request that has to ask blocks its thread.
 *
 * <p>Goal: no request waits for the database while much is left of its limits, and never is more
 * admitted than a limit allows, whatever the number of gateways and whichever of them dies.
 * Constraint: what is admitted was charged before, in the store, by one statement. Algorithm: a
 * grant holds a stock beside what is needed as long as a limit is far from its end; near the end it
 * is exactly what one request needs, stocks go back, and a settlement is stored before the
 * request's end is told. See {@code docs/decisions/0017-leased-limits.md}.
 */
final class LeasedLimits implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LeasedLimits.class);

    /** How often it is looked what is due. */
    private static final Duration LOOK = Duration.ofMillis(100);

    /** How often a tenant's leases are told of, far from the limits and near them. */
    private static final long FAR = Duration.ofSeconds(1).toNanos();

    private static final long NEAR = Duration.ofMillis(100).toNanos();

    /** How often the limits themselves are read again, signals or not. */
    private static final long READ_AGAIN = Duration.ofSeconds(5).toNanos();

    private static final long FORGOTTEN = Duration.ofMinutes(5).toNanos();

    /** How long a request waits for what another gateway has in stock, and how often it looks. */
    private static final long PATIENCE = Duration.ofMillis(2500).toNanos();

    private static final long PAUSE = Duration.ofMillis(40).toNanos();

    private final LeaseStore store;
    private final Duration lease;
    private final LongSupplier ticker;
    private final LongConsumer pause;
    private final Map<UUID, TenantLedger> ledgers = new ConcurrentHashMap<>();
    private final ExecutorService threads =
            Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("limits-", 0).factory());
    private volatile long steadySince;
    private volatile boolean running;

    /**
     * @param lease after so long without a word a gateway is taken for gone
     * @param ticker in nanoseconds, as {@link System#nanoTime}
     * @param pause waits for so many nanoseconds
     */
    LeasedLimits(LeaseStore store, Duration lease, LongSupplier ticker, LongConsumer pause) {
        this.store = store;
        this.lease = lease;
        this.ticker = ticker;
        this.pause = pause;
        this.steadySince = ticker.getAsLong();
    }

    void start() {
        running = true;
        threads.execute(this::look);
    }

    /** What came of asking for admission. */
    sealed interface Outcome {
        record Admitted(TenantLedger ledger, List<Grip> grips) implements Outcome {}

        record Denied(Refused refused) implements Outcome {}
    }

    /**
     * Takes what is needed of all limits of the subjects, or of none.
     *
     * @throws WebException DATABASE_AWAY when the leases held do not do and no more can be had
     */
    Outcome admit(UUID tenantId, List<Subject> subjects, Need need) {
        TenantLedger ledger = ledger(tenantId);
        long now = ticker.getAsLong();
        TenantLedger.Taken taken = ledger.take(subjects, need, now);
        if (taken.grips() != null) {
            return new Outcome.Admitted(ledger, taken.grips());
        }
        return ask(ledger, subjects, need, now + PATIENCE);
    }

    private Outcome ask(TenantLedger ledger, List<Subject> subjects, Need need, long until) {
        while (true) {
            Optional<Refused> refused;
            boolean mayCome;
            final TenantLedger.Taken taken;
            ledger.asking.lock();
            try {
                taken = takeOrExchange(ledger, subjects, need);
                if (taken.grips() != null) {
                    return new Outcome.Admitted(ledger, taken.grips());
                }
                long now = ticker.getAsLong();
                refused = ledger.knownShort(taken.missing(), now);
                mayCome = ledger.idleElsewhere(taken.missing(), now) && now - until < 0;
            } finally {
                ledger.asking.unlock();
            }
            if (!mayCome) {
                return new Outcome.Denied(
                        refused.orElseGet(() ->
                                ledger.refusedNow(taken.missing().getFirst(), ticker.getAsLong())));
            }
            pause.accept(PAUSE); // another process brings it: there is nothing to wait on
        }
    }

    private TenantLedger.Taken takeOrExchange(
            TenantLedger ledger, List<Subject> subjects, Need need) {
        long now = ticker.getAsLong();
        TenantLedger.Taken taken = ledger.take(subjects, need, now);
        if (taken.grips() != null || saidNo(ledger, taken.missing(), now)) {
            return taken;
        }
        exchange(ledger, ledger.items(taken.missing(), now));
        return ledger.take(subjects, need, ticker.getAsLong());
    }

    private static boolean saidNo(
            TenantLedger ledger, List<TenantLedger.Wanted> missing, long now) {
        return ledger.knownShort(missing, now).isPresent() && !ledger.idleElsewhere(missing, now);
    }

    /**
     * Ends what was admitted; returns when what was used is stored, where a crash could lose it.
     */
    void settle(TenantLedger ledger, List<Grip> grips, Need used) {
        if (!ledger.settle(grips, used, ticker.getAsLong())) {
            return;
        }
        ledger.asking.lock();
        try {
            if (ledger.unsecured(grips, ticker.getAsLong())) {
                exchange(ledger, ledger.items(List.of(), ticker.getAsLong()));
            }
        } catch (WebException e) {
            if (e.code() != ErrorCode.DATABASE_AWAY) {
                throw e;
            }
            LOG.debug("what a request used is stored when the database is back");
        } finally {
            ledger.asking.unlock();
        }
    }

    List<LimitState> states(TenantLedger ledger, List<Grip> grips) {
        return ledger.states(grips, ticker.getAsLong());
    }

    /** To be called with the ledger's {@code asking} lock. */
    private void exchange(TenantLedger ledger, List<LeaseStore.Item> items) {
        if (items.isEmpty()) {
            return;
        }
        long sent = ticker.getAsLong();
        // A gateway that could not speak for a while has a while to do so before its leases are
        // taken.
        boolean collect = sent - steadySince > lease.toNanos() / 2;
        try {
            ledger.answered(items, store.exchange(ledger.tenantId, collect, items), sent);
        } catch (RuntimeException e) {
            steadySince = ticker.getAsLong();
            throw e;
        }
    }

    private TenantLedger ledger(UUID tenantId) {
        TenantLedger ledger = ledgers.get(tenantId);
        if (ledger == null) {
            var fresh = new TenantLedger(tenantId, lease);
            fresh.define(store.quotas(tenantId));
            fresh.readAt = ticker.getAsLong();
            TenantLedger other = ledgers.putIfAbsent(tenantId, fresh);
            ledger = other == null ? fresh : other;
        }
        ledger.usedAt = ticker.getAsLong();
        return ledger;
    }

    /** The tenant's limits may have changed: they are read again at once. */
    void changed(UUID tenantId) {
        TenantLedger ledger = ledgers.get(tenantId);
        if (ledger != null) {
            ledger.readAt = ticker.getAsLong() - READ_AGAIN;
            threads.execute(() -> tend(ledger, false));
        }
    }

    /** Any tenant's limits may have changed. */
    void changed() {
        ledgers.keySet().forEach(this::changed);
    }

    private void look() {
        while (running) {
            LockSupport.parkNanos(LOOK.toNanos());
            if (Thread.interrupted()) {
                return;
            }
            for (TenantLedger each : ledgers.values()) {
                if (isDue(each)) {
                    threads.execute(() -> tend(each, false));
                }
            }
        }
    }

    private boolean isDue(TenantLedger ledger) {
        long now = ticker.getAsLong();
        if (now - ledger.usedAt > FORGOTTEN && !ledger.holds()) {
            ledgers.remove(ledger.tenantId, ledger);
            return false;
        }
        long since = now - ledger.toldAt;
        return now - ledger.readAt > READ_AGAIN
                || (ledger.holds() && since > Math.min(FAR, lease.toNanos() / 4))
                || (ledger.nudged() && since > NEAR);
    }

    /** Does what is due for a tenant, unless somebody is at it. */
    private void tend(TenantLedger ledger, boolean last) {
        if (!last && !ledger.asking.tryLock()) {
            return;
        }
        if (last) {
            ledger.asking.lock();
        }
        try {
            long now = ticker.getAsLong();
            if (!last && now - ledger.readAt > READ_AGAIN - 1) {
                ledger.define(store.quotas(ledger.tenantId));
                ledger.readAt = now;
            }
            exchange(ledger, ledger.dueItems(last, now));
        } catch (WebException e) {
            LOG.debug("leases of tenant {} could not be told of: {}", ledger.tenantId, e.detail());
        } catch (RuntimeException e) {
            LOG.warn("leases of tenant {} could not be told of", ledger.tenantId, e);
        } finally {
            ledger.asking.unlock();
        }
    }

    /** Does what is due for all tenants now; for tests, which have no clock that runs. */
    void tendAll() {
        ledgers.values().forEach(each -> tend(each, false));
    }

    /** Stops without a word, as a process does that is killed. */
    void abandon() {
        running = false;
        threads.shutdownNow();
    }

    /** Gives back what is not used. */
    @Override
    public void close() {
        if (!running) {
            return;
        }
        running = false;
        ledgers.values().forEach(each -> tend(each, true));
        threads.shutdown();
        try {
            boolean _ = threads.awaitTermination(1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
