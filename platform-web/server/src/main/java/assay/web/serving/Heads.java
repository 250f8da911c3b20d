package assay.web.serving;

import assay.inference.v1.Resumed;
import assay.scheduler.v1.Route;
import java.util.Optional;

/** The heads that may answer one request, now and later. Thread-safe. */
interface Heads {
    /**
     * Asks a head for all of an answer that has not been told yet.
     *
     * @param told by other heads
     */
    HeadCall open(Route route, Resumed told);

    /** Another head with the same model and version, or another epoch of the same. */
    Optional<Route> other(Route lost);

    /** The head has proved that its replica works. */
    void tokenCame(Route from);

    /** The replica goes on with another head: this one has been given up. */
    boolean replaced(Route running);
}
