package assay.web.identity;

import assay.web.ErrorCode;
import assay.web.WebException;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Who is calling, for which tenant, with which rights and from where. Immutable; made at the edge,
 * trusted behind it.
 *
 * @param id the user's or key's id; for a guest what stands for his browser
 * @param name what people know the actor by; never a secret
 * @param role a built-in role's name, or "key"
 */
public record Caller(
        UUID tenantId,
        Kind kind,
        String id,
        String name,
        String role,
        Set<Permission> permissions,
        @Nullable String sourceIp,
        @Nullable String userAgent) {
    /** What kind of actor it is. */
    public enum Kind {
        USER,
        API_KEY,
        GUEST
    }

    public Caller {
        permissions = Set.copyOf(permissions);
    }

    public boolean may(Permission permission) {
        return permissions.contains(permission);
    }

    /**
     * @throws WebException {@code PERMISSION_DENIED} when the right is missing
     */
    public void require(Permission permission) {
        if (!may(permission)) {
            throw new WebException(
                    ErrorCode.PERMISSION_DENIED, "this needs the permission " + permission.id());
        }
    }
}
