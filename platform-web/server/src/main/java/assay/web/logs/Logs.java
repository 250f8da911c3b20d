package assay.web.logs;

import assay.web.tenants.AdminCall;
import org.jspecify.annotations.Nullable;

/**
 * Searches of the processes' log lines. They tell of all tenants' requests, so they are for those
 * who run the platform: {@code settings:manage}, which operators alone hold or give. All throw
 * {@link assay.web.WebException}: PERMISSION_DENIED without it, NOT_FOUND where there is no
 * Elasticsearch, LOGS_AWAY when it does not answer. Thread-safe.
 */
public interface Logs {
    /** Whether lines are kept where they can be searched. */
    boolean searchable();

    /** A search; leaves an audit record. */
    LogPage page(AdminCall call, LogQuery query, LogPage.@Nullable Cursor after, int limit);

    /**
     * The newest again and again, while somebody looks on.
     *
     * @param first the only one of the calls that leaves a record
     */
    LogPage tail(AdminCall call, LogQuery query, int limit, boolean first);
}
