package assay.web.identity.account;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An open invitation to a tenant. Immutable.
 *
 * @param role a built-in role's id, or a custom role's
 * @param name and {@code email}: whom it is for, as far as is known; one of them is there
 */
public record Invitation(
        UUID id,
        String role,
        @Nullable String name,
        @Nullable String email,
        String invitedBy,
        Instant createdAt,
        Instant expiresAt) {}
