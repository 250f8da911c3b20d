package assay.web.jobs;

import java.util.Locale;

/** Why no item of a job is under way, or no more of them. */
public enum JobWait {
    PAUSED,
    /** No gateway can do this kind with this model just now. */
    NO_WORKER,
    /** Interactive requests, other tenants or other jobs come first. */
    NO_ROOM,
    /** The tenant has as many items under way as it may. */
    TENANT_LIMIT,
    /** All that is left waits for its next try. */
    RETRY;

    /** As it stands in the API and in bundles: {@code no-worker}. */
    public String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
