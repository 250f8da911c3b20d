package assay.web.verify;

import assay.web.ErrorCode;
import assay.web.WebException;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Why a verification has no verdict, kept so that it can be told later as it would have been told
 * at once. Immutable.
 *
 * @param detail for the person who reads it
 * @param retryAfter when another try makes sense
 */
record Failure(ErrorCode code, String detail, @Nullable Duration retryAfter) {
    static Failure of(WebException e) {
        return new Failure(e.code(), e.detail(), e.retryAfter().orElse(null));
    }

    WebException toException() {
        return new WebException(code, detail, Map.of(), retryAfter, null);
    }
}
