package assay.web.limits;

/** What one request holds of one limit. Guarded by the ledger's lock. */
final class Grip {
    final Shelf shelf;
    final Lease lease;
    long reserved;

    Grip(Shelf shelf, Lease lease, long reserved) {
        this.shelf = shelf;
        this.lease = lease;
        this.reserved = reserved;
    }
}
