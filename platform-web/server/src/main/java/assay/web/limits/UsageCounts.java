package assay.web.limits;

import assay.web.WebException;
import assay.web.identity.Caller;
import assay.web.tenancy.TenantTransactions;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * What was used since it was last written down, once a second. Thread-safe. A process that is
 * killed loses what it counted within that second; limits do not rest on it.
 */
@Component
class UsageCounts {
    private static final Logger LOG = LoggerFactory.getLogger(UsageCounts.class);
    private static final Duration EVERY = Duration.ofSeconds(1);

    private final TenantTransactions transactions;
    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition stopped = lock.newCondition();
    private Map<UUID, Map<Line, Sum>> counted = new HashMap<>(); // guarded by lock
    private boolean running; // guarded by lock

    UsageCounts(TenantTransactions transactions, InstantSource clock) {
        this.transactions = transactions;
        this.clock = clock;
    }

    /** Whose usage of which day; in the order in which rows are locked. */
    private record Line(LocalDate day, String user, String key, String model)
            implements Comparable<Line> {
        @Override
        public int compareTo(Line other) {
            return (day + "\0" + user + "\0" + key + "\0" + model)
                    .compareTo(
                            other.day + "\0" + other.user + "\0" + other.key + "\0" + other.model);
        }
    }

    private static final class Sum {
        long requests;
        long denied;
        long inputTokens;
        long outputTokens;

        void add(Sum other) {
            requests += other.requests;
            denied += other.denied;
            inputTokens += other.inputTokens;
            outputTokens += other.outputTokens;
        }
    }

    void used(Quotas.Asker asker, Need used) {
        lock.lock();
        try {
            Sum sum = sum(asker);
            sum.requests += used.requests();
            sum.inputTokens += used.inputTokens();
            sum.outputTokens += used.outputTokens();
        } finally {
            lock.unlock();
        }
    }

    void denied(Quotas.Asker asker) {
        lock.lock();
        try {
            sum(asker).denied++;
        } finally {
            lock.unlock();
        }
    }

    private Sum sum(Quotas.Asker asker) {
        Caller caller = asker.caller();
        String user = "";
        String key = "";
        switch (caller.kind()) {
            case USER -> user = caller.id();
            case API_KEY -> {
                key = caller.id();
                user = caller.ownerId() == null ? "" : caller.ownerId().toString();
            }
            case GUEST -> {}
        }
        String model = asker.model() == null ? "" : asker.model();
        var line = new Line(LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC), user, key, model);
        return counted.computeIfAbsent(caller.tenantId(), _ -> new TreeMap<>())
                .computeIfAbsent(line, _ -> new Sum());
    }

    /** Writes what was counted until now. */
    void write() {
        Map<UUID, Map<Line, Sum>> all;
        lock.lock();
        try {
            all = counted;
            counted = new HashMap<>();
        } finally {
            lock.unlock();
        }
        all.forEach(this::write);
    }

    private void write(UUID tenantId, Map<Line, Sum> lines) {
        try {
            var _ =
                    transactions.in(
                            tenantId,
                            jdbc -> {
                                lines.forEach((line, sum) ->
                                        jdbc.sql(
                                                        """
                                                        insert into usage_days as u (tenant_id, day, user_id, key_id, model,
                                                            requests, denied, input_tokens, output_tokens)
                                                        values (?, ?, ?, ?, ?, ?, ?, ?, ?)
                                                        on conflict (tenant_id, day, user_id, key_id, model) do update
                                                        set requests = u.requests + excluded.requests,
                                                            denied = u.denied + excluded.denied,
                                                            input_tokens = u.input_tokens + excluded.input_tokens,
                                                            output_tokens = u.output_tokens + excluded.output_tokens
                                                        """)
                                                .params(
                                                        tenantId,
                                                        line.day(),
                                                        line.user(),
                                                        line.key(),
                                                        line.model(),
                                                        sum.requests,
                                                        sum.denied,
                                                        sum.inputTokens,
                                                        sum.outputTokens)
                                                .update());
                                return true;
                            });
        } catch (WebException e) {
            LOG.debug("usage is written when the database is back: {}", e.detail());
            lock.lock();
            try {
                var back = counted.computeIfAbsent(tenantId, _ -> new TreeMap<>());
                lines.forEach((line, sum) -> back.computeIfAbsent(line, _ -> new Sum()).add(sum));
            } finally {
                lock.unlock();
            }
        }
    }

    void start() {
        lock.lock();
        try {
            running = true;
        } finally {
            lock.unlock();
        }
        Thread.ofVirtual().name("usage").start(this::writeAgainAndAgain);
    }

    private void writeAgainAndAgain() {
        while (awaitNext()) {
            try {
                write();
            } catch (RuntimeException e) {
                LOG.error("usage could not be written", e);
            }
        }
    }

    private boolean awaitNext() {
        lock.lock();
        try {
            long left = EVERY.toNanos();
            while (running && left > 0) {
                left = stopped.awaitNanos(left);
            }
            return running;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** Writes what is left. */
    void close() {
        lock.lock();
        try {
            running = false;
            stopped.signalAll();
        } finally {
            lock.unlock();
        }
        write();
    }
}
