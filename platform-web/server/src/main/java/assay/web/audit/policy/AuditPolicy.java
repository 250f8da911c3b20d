package assay.web.audit.policy;

import java.util.Locale;

/**
 * What a tenant keeps. Immutable.
 *
 * @param retentionDays 180 or more; after so many days and the margin records may be dropped
 * @param version 0 while nothing was ever decided
 */
public record AuditPolicy(int retentionDays, Content content, long version) {
    public static final int LEAST_DAYS = 180;
    public static final int MOST_DAYS = 36_500;

    /** Of a tenant that decided nothing. */
    public static final AuditPolicy USUAL = new AuditPolicy(LEAST_DAYS, Content.DIGEST, 0);

    /** What is kept of prompts and answers. */
    public enum Content {
        /** Their SHA-256 alone. */
        DIGEST,
        /** Themselves too, sealed under the tenant's own key. */
        ENCRYPTED;

        /** As it stands in JSON and in the database. */
        public String id() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public AuditPolicy {
        if (retentionDays < LEAST_DAYS || retentionDays > MOST_DAYS) {
            throw new IllegalArgumentException(
                    "retention_days: "
                            + retentionDays
                            + " (expected: "
                            + LEAST_DAYS
                            + ".."
                            + MOST_DAYS
                            + ")");
        }
    }
}
