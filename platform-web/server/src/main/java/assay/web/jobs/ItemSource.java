package assay.web.jobs;

import assay.web.WebException;
import java.io.IOException;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** The items of a submission, one after the other, so that never all are in memory. Confined. */
@FunctionalInterface
public interface ItemSource {
    /**
     * An item as it was read, not looked into yet.
     *
     * @param line where it begins in what was sent, from 1
     */
    record ReadItem(long line, ObjectNode fields) {}

    /**
     * The next item; empty after the last.
     *
     * @throws WebException INVALID_REQUEST with the line that can not be read; REQUEST_TOO_LARGE
     */
    Optional<ReadItem> next() throws IOException;
}
