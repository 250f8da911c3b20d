package assay.web.limits;

import java.util.List;
import java.util.UUID;

/** Where limits are kept for all gateways. Thread-safe. */
interface LeaseStore {
    /**
     * What a gateway holds of one slot, from now on.
     *
     * @param slot its start, in milliseconds since 1970
     * @param held what is charged: idle, reserved and settled
     * @param secured at most so much of it is settled; the rest comes back if the gateway is gone
     * @param base the secured part that is known to be stored
     * @param done nothing of it is under way: the lease ends, what is held stays charged
     */
    record Report(long slot, long held, long idle, long secured, long base, boolean done) {}

    /**
     * @param need what must be granted, or nothing is; 0 to ask for nothing
     * @param ahead to ask for the next slot
     */
    record Item(UUID quotaId, long need, boolean ahead, List<Report> reports) {
        public Item {
            reports = List.copyOf(reports);
        }
    }

    /**
     * @param slot that the grant is of
     * @param secured of the lease in all, where something was granted
     * @param admitsMillis until requests may no longer be admitted from the slot
     * @param countsMillis until the slot no longer counts
     * @param remaining of the amount, with what is idle anywhere
     * @param idleElsewhere what other gateways hold in stock: it may come back soon
     * @param freesMillis until the need may be met, where it was not
     * @param tight nobody keeps a stock now
     * @param lost slots whose lease had run out
     */
    record Answer(
            UUID quotaId,
            long amount,
            long slot,
            long granted,
            long secured,
            long admitsMillis,
            long countsMillis,
            long remaining,
            long idleElsewhere,
            long freesMillis,
            boolean tight,
            List<Long> lost) {
        public Answer {
            lost = List.copyOf(lost);
        }
    }

    /** All leased limits of a tenant. */
    List<Quota> quotas(UUID tenantId);

    /**
     * Reports and asks in one transaction. A limit that is gone has no answer.
     *
     * @param collect whether leases of others that ran out are taken back
     * @throws assay.web.WebException DATABASE_AWAY; whether it was done is then not known
     */
    List<Answer> exchange(UUID tenantId, boolean collect, List<Item> items);
}
