package assay.web.jobs;

import assay.web.ErrorCode;
import assay.web.ErrorKind;
import assay.web.WebException;
import java.util.LinkedHashMap;
import java.util.Map;

/** What is wrong with an item, told with its place. Stateless. */
final class BadItem {
    private BadItem() {}

    /** The same error at a line; what is not the sender's fault stays as it is. */
    static WebException at(long line, WebException error) {
        boolean senders =
                error.code().kind() == ErrorKind.USER || error.code().kind() == ErrorKind.NOT_FOUND;
        if (!senders || error.code() == ErrorCode.REQUEST_TOO_LARGE) {
            return error;
        }
        Map<String, String> fields = new LinkedHashMap<>();
        error.fields()
                .forEach((field, message) -> fields.put("line " + line + ": " + field, message));
        if (fields.isEmpty()) {
            fields.put("line " + line, error.detail());
        }
        return new WebException(
                ErrorCode.INVALID_REQUEST,
                "line " + line + ": " + error.detail(),
                fields,
                null,
                error);
    }

    static WebException at(long line, String field, String message) {
        return at(line, WebException.invalid(field, message));
    }
}
