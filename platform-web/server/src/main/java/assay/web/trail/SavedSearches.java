package assay.web.trail;

import assay.web.identity.Caller;
import assay.web.tenants.AdminCall;
import java.util.List;
import java.util.UUID;

/** Searches that a person keeps, for himself and in one tenant. Thread-safe. */
public interface SavedSearches {
    /**
     * One of them.
     *
     * @param query as in a deep link: it may say a range that moves along, as {@code range=24h}
     */
    record Entry(UUID id, String name, String query, long version) {}

    /** By name. */
    List<Entry> list(Caller caller);

    Entry create(AdminCall call, String name, String query);

    /**
     * @param seen the version that the caller read
     */
    Entry change(AdminCall call, UUID id, long seen, String name, String query);

    void remove(AdminCall call, UUID id, long seen);
}
