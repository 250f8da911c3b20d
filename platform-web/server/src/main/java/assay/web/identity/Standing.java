package assay.web.identity;

import java.util.Set;
import java.util.UUID;

/**
 * Where a person stands in one tenant now. Immutable.
 *
 * @param role a built-in role's name in capitals, or what the tenant calls a role of its own
 * @param roleRef the same as it is stored: a built-in role's id, or a custom role's
 * @param permissions of the role, and the platform's when he is its operator
 * @param factorMissing whether the tenant asks for a second factor and he has set up none
 */
public record Standing(
        UUID tenantId,
        String tenantName,
        UUID userId,
        String name,
        String role,
        String roleRef,
        boolean operator,
        Set<Permission> permissions,
        boolean factorMissing) {
    public Standing {
        permissions = Set.copyOf(permissions);
    }
}
