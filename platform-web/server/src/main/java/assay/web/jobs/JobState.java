package assay.web.jobs;

import java.util.Locale;

/** Where a job is in its life. */
public enum JobState {
    /** Items wait or are under way. */
    ACTIVE,
    PAUSED,
    /** Every item is done, or failed for good. */
    FINISHED,
    CANCELLED,
    /** Its deadline passed before everything was done. */
    EXPIRED;

    /** As it stands in the API and in bundles. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether nothing more happens by itself. */
    public boolean over() {
        return switch (this) {
            case ACTIVE, PAUSED -> false;
            case FINISHED, CANCELLED, EXPIRED -> true;
        };
    }
}
