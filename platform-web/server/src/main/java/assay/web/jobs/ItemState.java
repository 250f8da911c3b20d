package assay.web.jobs;

import java.util.Locale;

/** Where an item is in its life. */
public enum ItemState {
    WAITING,
    /** Failed, and waits for its next try. */
    DELAYED,
    RUNNING,
    DONE,
    /** Failed for good. */
    DEAD,
    /** Not done when its job was cancelled or expired. */
    DROPPED;

    /** As it stands in the API and in bundles. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }
}
