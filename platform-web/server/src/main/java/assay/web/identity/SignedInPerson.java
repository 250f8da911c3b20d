package assay.web.identity;

import java.io.Serial;
import java.io.Serializable;
import java.security.Principal;
import java.util.UUID;

/**
 * Who a browser's session belongs to, and in which tenant he works. Immutable; kept in the session,
 * so it holds no secret, and no right: {@link Rights} are asked at each request.
 */
public record SignedInPerson(UUID userId, String name, UUID tenantId)
        implements Principal, Serializable {
    @Serial private static final long serialVersionUID = 2L;

    @Override
    public String getName() {
        return name;
    }
}
