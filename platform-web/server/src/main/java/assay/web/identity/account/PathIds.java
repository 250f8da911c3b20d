package assay.web.identity.account;

import assay.web.ErrorCode;
import assay.web.WebException;
import java.util.Map;
import java.util.UUID;

/** Ids in paths. Stateless. */
final class PathIds {
    private PathIds() {}

    /**
     * @param what it is the id of
     * @throws WebException NOT_FOUND when it can be none
     */
    static UUID uuid(String text, String what) {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            throw new WebException(ErrorCode.NOT_FOUND, "no such " + what, Map.of(), null, e);
        }
    }
}
