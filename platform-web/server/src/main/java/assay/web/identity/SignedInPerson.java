package assay.web.identity;

import java.io.Serial;
import java.io.Serializable;
import java.security.Principal;
import java.util.UUID;

/** Who a browser's session belongs to. Immutable; kept in the session, so it holds no secret. */
record SignedInPerson(UUID userId, String name, UUID tenantId, Role role)
        implements Principal, Serializable {
    @Serial private static final long serialVersionUID = 1L;

    @Override
    public String getName() {
        return name;
    }
}
