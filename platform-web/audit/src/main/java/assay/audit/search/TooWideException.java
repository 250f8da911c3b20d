package assay.audit.search;

import java.io.Serial;

/** More records would have to be looked through than the time for a search allows. */
public final class TooWideException extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;

    TooWideException(Throwable cause) {
        super("the range holds too many records to look through all of them", cause);
    }
}
