package assay.scheduler.server;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the process when it can not be trusted any more: a broken invariant, or a lost lease. What
 * runs on the agents goes on; the next scheduler takes it over.
 */
@FunctionalInterface
public interface LastResort {
    /** The exit status: internal software error, as in BSD's sysexits. */
    int STATUS = 70;

    /** Does not return in a real process. */
    void end(String reason, Throwable cause);

    /** Without shutdown hooks: they would wait for the very thread that calls this. */
    static LastResort haltingTheProcess() {
        Logger log = LoggerFactory.getLogger(LastResort.class);
        return (reason, cause) -> {
            log.error("the scheduler ends: {}", reason, cause);
            Runtime.getRuntime().halt(STATUS);
        };
    }
}
