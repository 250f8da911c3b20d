package assay.web.audit;

import assay.web.ErrorKind;
import assay.web.WebException;
import assay.web.audit.AuditEvent.Outcome;
import assay.web.http.Problems;
import assay.web.identity.Caller;
import assay.web.tenancy.TenantTransactions;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Changes that administrators make: each leaves one record, however it ends. Thread-safe. */
@Component
public class AuditedChanges {
    private static final int DONE = 200;

    private final AuditLog log;
    private final TenantTransactions transactions;
    private final InstantSource clock;

    AuditedChanges(AuditLog log, TenantTransactions transactions, InstantSource clock) {
        this.log = log;
        this.transactions = transactions;
        this.clock = clock;
    }

    /**
     * What somebody is about to do.
     *
     * @param action stable, dotted: {@code node.drain}
     * @param method of the REST path
     * @param path of the programming interface; people do the same in the console
     * @param details figures and names; never a secret
     */
    public record Change(
            Caller caller,
            String requestId,
            String action,
            String objectType,
            String objectId,
            String method,
            String path,
            Map<String, Object> details) {
        public Change {
            details = Map.copyOf(details);
        }
    }

    /** Does it, and writes down what became of it. */
    public <T> T run(Change change, Supplier<T> work) {
        var began = clock.instant();
        T result;
        try {
            result = work.get();
        } catch (WebException e) {
            log.record(failure(change, began, e));
            throw e;
        }
        log.record(event(change, began, Outcome.SUCCESS, DONE, null));
        return result;
    }

    /**
     * Does it in a transaction of the caller's tenant, to which the record of its success belongs:
     * what is not written down did not happen.
     */
    public <T> T inTransaction(Change change, Function<JdbcClient, T> work) {
        var began = clock.instant();
        try {
            return transactions.in(
                    change.caller().tenantId(),
                    transaction -> {
                        T result = work.apply(transaction);
                        log.record(transaction, event(change, began, Outcome.SUCCESS, DONE, null));
                        return result;
                    });
        } catch (WebException e) {
            log.record(failure(change, began, e));
            throw e;
        }
    }

    /**
     * Does what comes before the change itself, as reading what is asked for: only its failure is
     * written down, for nothing else learns of it.
     */
    public <T> T prepare(Change change, Preparation<T> work) throws IOException {
        var began = clock.instant();
        try {
            return work.run();
        } catch (WebException e) {
            log.record(failure(change, began, e));
            throw e;
        }
    }

    /** Work that reads from a connection. */
    public interface Preparation<T> {
        T run() throws IOException;
    }

    private AuditEvent failure(Change change, Instant began, WebException e) {
        var outcome = e.code().kind() == ErrorKind.FORBIDDEN ? Outcome.DENIED : Outcome.FAILURE;
        return event(change, began, outcome, Problems.status(e.code()), e.code().name());
    }

    private AuditEvent event(
            Change change, Instant began, Outcome outcome, int status, @Nullable String reason) {
        boolean program = change.caller().kind() == Caller.Kind.API_KEY;
        return new AuditEvent(
                began,
                change.caller(),
                change.action(),
                change.objectType(),
                change.objectId(),
                null,
                null,
                program ? change.method() : "CONSOLE",
                change.path(),
                outcome,
                status,
                reason,
                Duration.between(began, clock.instant()),
                change.requestId(),
                change.details());
    }
}
