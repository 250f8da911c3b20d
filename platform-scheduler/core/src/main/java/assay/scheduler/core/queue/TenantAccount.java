package assay.scheduler.core.queue;

/**
 * What is kept of a tenant between two lives of the queue. Immutable.
 *
 * @param weight of the tenant against others
 * @param mostRunning items under way at once; 0: no limit
 * @param charged its virtual time: dominant seconds by weight, and what was lifted
 * @param items tries that ended
 * @param seconds for which its items held slots
 * @param tokens its items used
 */
public record TenantAccount(
        TenantId tenant,
        double weight,
        int mostRunning,
        double charged,
        long items,
        double seconds,
        long tokens) {
    /** The least and the largest weight. */
    public static final double LEAST_WEIGHT = 0.001;

    public static final double LARGEST_WEIGHT = 1000;

    public TenantAccount {
        if (!(weight >= LEAST_WEIGHT && weight <= LARGEST_WEIGHT) || mostRunning < 0) {
            throw new IllegalArgumentException(
                    "weight %s, most running %d (expected: %s..%s, 0 or more)"
                            .formatted(weight, mostRunning, LEAST_WEIGHT, LARGEST_WEIGHT));
        }
    }

    /** Of a tenant nobody heard of. */
    public static TenantAccount fresh(TenantId tenant) {
        return new TenantAccount(tenant, 1, 0, 0, 0, 0, 0);
    }
}
