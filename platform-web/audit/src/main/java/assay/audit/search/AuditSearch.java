package assay.audit.search;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Finds audit records. Every implementation gives the same answers to the same records, and none
 * from outside the scope that it is asked for. Thread-safe.
 */
public interface AuditSearch {
    /** The largest page. */
    int LONGEST_PAGE = 1000;

    /**
     * @param after the last page's {@code next}; null for the newest
     * @param limit 1..{@link #LONGEST_PAGE}
     */
    AuditPage page(AuditQuery query, @Nullable AuditCursor after, int limit);

    /**
     * @throws TooWideException when it can not be counted in the time that a search may take
     */
    AuditHistogram histogram(AuditQuery query);

    /** Actions that there are records of, in the order of the alphabet. */
    List<String> actions(AuditScope scope, String prefix, int limit);

    Optional<AuditFound> find(AuditScope scope, UUID id);
}
