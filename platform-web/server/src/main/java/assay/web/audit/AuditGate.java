package assay.web.audit;

import assay.web.ErrorCode;
import assay.web.WebException;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Lets a call in only when its record has room: what can not be recorded is not done. Thread-safe.
 */
@Component
public class AuditGate {
    static final Duration RETRY_AFTER = Duration.ofSeconds(30);

    private static final ScopedValue<Call> CALL = ScopedValue.newInstance();

    private final JournaledAuditLog log;

    AuditGate(JournaledAuditLog log) {
        this.log = log;
    }

    /** A call that was let in. Confined to its thread. */
    public static final class Call {
        private final AuditJournal journal;
        private long bytes;
        private boolean recorded;

        private Call(AuditJournal journal, long bytes) {
            this.journal = journal;
            this.bytes = bytes;
        }

        /** What is held for its records. */
        long bytes() {
            return bytes;
        }

        /** Whether it has left a record. */
        public boolean recorded() {
            return recorded;
        }
    }

    /** What is done for a call. */
    public interface Work<X extends Exception> {
        void run(Call call) throws X;
    }

    /**
     * Does the work, which may leave a record whatever becomes of the disk meanwhile.
     *
     * @throws WebException AUDIT_SPOOL_FULL before anything is done
     */
    public <X extends Exception> void admit(Work<X> work) throws X {
        AuditJournal journal = log.journal();
        var call = new Call(journal, journal.recordRoom());
        try {
            journal.reserve(call.bytes);
        } catch (AuditJournal.FullException e) {
            throw full(e);
        }
        try {
            ScopedValue.where(CALL, call)
                    .<@Nullable Void, X>call(() -> {
                        work.run(call);
                        return null;
                    });
        } finally {
            journal.release(call.bytes);
        }
    }

    /**
     * Holds more room for the current call's record, which will be a large one.
     *
     * @throws WebException AUDIT_SPOOL_FULL
     */
    static void more(long bytes) {
        if (CALL.isBound()) {
            Call call = CALL.get();
            try {
                call.journal.reserve(bytes);
            } catch (AuditJournal.FullException e) {
                throw full(e);
            }
            call.bytes += bytes;
        }
    }

    /**
     * Notes that the current thread's call leaves a record.
     *
     * @return bytes that are held for it; 0 when no call was let in on this thread
     */
    static long record() {
        if (!CALL.isBound()) {
            return 0;
        }
        Call call = CALL.get();
        call.recorded = true;
        return call.bytes();
    }

    static WebException full(Throwable why) {
        return new WebException(
                ErrorCode.AUDIT_SPOOL_FULL,
                "the call can not be recorded: " + why.getMessage(),
                Map.of(),
                RETRY_AFTER,
                why);
    }
}
