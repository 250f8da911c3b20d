package assay.scheduler.server.lease;

import assay.scheduler.server.ErrorCode;
import assay.scheduler.server.SchedulerException;
import java.util.function.Supplier;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Transactions of one term: what they write stands only while the term is the newest. Thread-safe.
 */
public final class Fence {
    private final TransactionTemplate transaction;
    private final Lease lease;
    private final Lease.Term term;

    public Fence(TransactionTemplate transaction, Lease lease, Lease.Term term) {
        this.transaction = transaction;
        this.lease = lease;
        this.term = term;
    }

    /** Of the term; grows from one scheduler to the next. */
    public long epoch() {
        return term.epoch();
    }

    /**
     * Does the work in a transaction.
     *
     * @throws SchedulerException LEASE_LOST when another scheduler acts now; nothing was written
     */
    public <T> T write(Supplier<T> work) {
        return transaction.execute(status -> {
            if (!lease.holds(term)) {
                throw new SchedulerException(
                        ErrorCode.LEASE_LOST, "another scheduler acts since our term");
            }
            return work.get();
        });
    }
}
