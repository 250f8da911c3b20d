package assay.audit.search;

import assay.audit.AuditLink;
import assay.audit.AuditRow;
import org.jspecify.annotations.Nullable;

/**
 * A record that was found.
 *
 * @param link its place in its tenant's chain; null until it is sealed
 */
public record AuditFound(AuditRow row, @Nullable AuditLink link) {
    AuditCursor cursor() {
        return new AuditCursor(row.at(), row.id());
    }
}
