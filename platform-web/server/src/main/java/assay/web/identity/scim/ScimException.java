package assay.web.identity.scim;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** What a SCIM client is told that went wrong. Source: RFC 7644, section 3.12. Immutable. */
final class ScimException extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;

    private final int status;
    private final @Nullable ScimType type;

    /** The {@code scimType} of a refusal. */
    enum ScimType {
        INVALID_FILTER("invalidFilter"),
        INVALID_PATH("invalidPath"),
        INVALID_SYNTAX("invalidSyntax"),
        INVALID_VALUE("invalidValue"),
        NO_TARGET("noTarget"),
        MUTABILITY("mutability"),
        UNIQUENESS("uniqueness");

        private final String id;

        ScimType(String id) {
            this.id = id;
        }

        String id() {
            return id;
        }
    }

    ScimException(int status, @Nullable ScimType type, String detail) {
        super(detail);
        this.status = status;
        this.type = type;
    }

    /** A request that can not be understood or done. */
    static ScimException bad(ScimType type, String detail) {
        return new ScimException(400, type, detail);
    }

    static ScimException notFound(String id) {
        return new ScimException(404, null, "no resource has the id " + id);
    }

    static ScimException stale() {
        return new ScimException(412, null, "the resource was changed meanwhile: read it again");
    }

    int status() {
        return status;
    }

    @Nullable ScimType type() {
        return type;
    }

    String detail() {
        return String.valueOf(getMessage());
    }
}
