package assay.web.serving;

import assay.check.v1.CheckReply;
import assay.check.v1.CheckRequest;
import java.util.Optional;

/** The checkers that agents offer. Thread-safe. */
public interface Checkers {
    /** The version of a checker that some node offers now, or empty. */
    Optional<String> version(String system);

    /** Why no node offers this checker and how to get it, in words for a person. */
    String whyUnavailable(String system);

    /**
     * Has a candidate checked on some agent that offers the request's system. Blocks.
     *
     * @throws assay.web.WebException CHECKER_BUSY, or NO_REPLICA when no agent offers it any more
     */
    CheckReply check(CheckRequest request);
}
