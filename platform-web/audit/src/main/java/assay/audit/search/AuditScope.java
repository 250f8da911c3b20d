package assay.audit.search;

import assay.audit.AuditRow;
import java.util.UUID;

/** Whose records are looked at. */
public sealed interface AuditScope {
    /** One tenant's, or with {@link AuditRow#PLATFORM} those of no tenant. */
    record Tenant(UUID id) implements AuditScope {
        @Override
        public String toString() {
            return id.toString();
        }
    }

    /** Everybody's: an operator's alone. */
    record Everybody() implements AuditScope {
        @Override
        public String toString() {
            return ALL;
        }
    }

    /** How {@link Everybody} is written. */
    String ALL = "all";

    /** The platform's own records. */
    AuditScope PLATFORM = new Tenant(AuditRow.PLATFORM);

    /**
     * Reads what {@code toString} wrote.
     *
     * @throws IllegalArgumentException when it is neither
     */
    static AuditScope parse(String text) {
        return text.equals(ALL) ? new Everybody() : new Tenant(UUID.fromString(text));
    }
}
