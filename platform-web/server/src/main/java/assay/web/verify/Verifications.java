package assay.web.verify;

import assay.web.identity.Caller;
import java.time.Duration;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Verifications of a tenant: begun, followed, read again. Thread-safe. A caller sees his own, and
 * all of the tenant with {@code verification:read-all}; to everybody else they are not there
 * (NOT_FOUND).
 */
public interface Verifications {
    /**
     * Begins and returns at once; it runs to its end whoever listens.
     *
     * @throws assay.web.WebException PERMISSION_DENIED, INVALID_REQUEST, RATE_LIMITED, QUEUE_FULL
     */
    UUID start(TheoremCommand command);

    /** As it stands now. */
    Verification find(Caller caller, UUID id);

    /** The caller's last ones, newest first. */
    java.util.List<Verification> recent(Caller caller, int limit);

    /** Waits until it is over, at most so long; gives what there is then. */
    Verification await(Caller caller, UUID id, Duration atMost);

    /**
     * Calls the listener with the present state and again after each step, on a thread that it must
     * not hold up, until the result is closed.
     */
    AutoCloseable follow(Caller caller, UUID id, Consumer<Verification> listener);

    /** Stops it; what was found is kept. */
    void cancel(Caller caller, UUID id);

    /**
     * The report of a finished verification as a complete HTML page, in the language (a BCP 47 tag:
     * "en", "zh-CN").
     *
     * @throws assay.web.WebException INVALID_REQUEST while it still runs
     */
    String reportHtml(Caller caller, UUID id, String languageTag);
}
