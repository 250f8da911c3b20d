package assay.audit.search;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Some of what was found, newest first.
 *
 * @param next where the search goes on; null when there is nothing older. It may be given although
 *     fewer were found than were asked for: then the time that a search may take was over, and all
 *     down to the cursor was looked at
 */
public record AuditPage(List<AuditFound> records, @Nullable AuditCursor next) {
    public AuditPage {
        records = List.copyOf(records);
    }
}
