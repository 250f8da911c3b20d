package assay.web.identity.account;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Somebody's being signed in with one browser. Immutable.
 *
 * @param tenantId in which the person works there
 * @param method a {@link SignInMethod}'s id
 * @param lastSeenAt to the minute
 * @param current whether it is the one that asks
 */
public record WebSession(
        UUID id,
        UUID userId,
        UUID tenantId,
        String method,
        @Nullable String sourceIp,
        @Nullable String userAgent,
        Instant createdAt,
        Instant lastSeenAt,
        Instant expiresAt,
        boolean current) {}
