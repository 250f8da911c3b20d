package assay.web.identity.scim;

import assay.web.identity.Caller;
import assay.web.identity.Pepper;
import assay.web.tenancy.TenantTransactions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * The tokens that directories come with. Each is asked for anew, so one revoked is none at once.
 */
@Component
class ScimTokens {
    private static final String MARK = "asct_";
    private static final int RANDOM_BYTES = 32;
    private static final Pattern SHAPE = Pattern.compile("asct_[A-Za-z0-9_-]{43}");
    private static final int SHOWN_CHARS = MARK.length() + 6;

    /** Last use is for people; to the minute is enough. */
    private static final Duration USE_GRAIN = Duration.ofMinutes(1);

    private final JdbcClient jdbc;
    private final TenantTransactions transactions;
    private final Pepper pepper;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();
    private final Map<UUID, Instant> lastUses = new ConcurrentHashMap<>();

    ScimTokens(
            JdbcClient jdbc, TenantTransactions transactions, Pepper pepper, InstantSource clock) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.pepper = pepper;
        this.clock = clock;
    }

    String draw() {
        var bytes = new byte[RANDOM_BYTES];
        random.nextBytes(bytes);
        return MARK + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    static String prefix(String token) {
        return token.substring(0, SHOWN_CHARS);
    }

    byte[] hash(String token) {
        return pepper.hash(token);
    }

    private record Found(UUID id, UUID tenantId, String name, Instant expiresAt) {}

    /** Who came with it, if it is good now. The look-up is by a keyed hash in an index. */
    Optional<Caller> find(String token, String address, @Nullable String userAgent) {
        if (!SHAPE.matcher(token).matches()) {
            return Optional.empty();
        }
        Instant now = clock.instant();
        return jdbc.sql("select * from find_scim_token(?)")
                .param(hash(token))
                .query((row, _) ->
                        new Found(
                                row.getObject("id", UUID.class),
                                row.getObject("tenant_id", UUID.class),
                                row.getString("name"),
                                row.getObject("expires_at", OffsetDateTime.class).toInstant()))
                .optional()
                .filter(found -> found.expiresAt().isAfter(now))
                .map(found -> {
                    used(found, now);
                    return new Caller(
                            found.tenantId(),
                            Caller.Kind.API_KEY,
                            found.id().toString(),
                            found.name(),
                            "scim",
                            Set.of(),
                            address,
                            userAgent);
                });
    }

    private void used(Found token, Instant now) {
        Instant last = lastUses.get(token.id());
        if (last != null && last.plus(USE_GRAIN).isAfter(now)) {
            return;
        }
        lastUses.put(token.id(), now);
        transactions.in(
                token.tenantId(),
                transaction ->
                        transaction
                                .sql("update scim_tokens set last_used_at = now() where id = ?")
                                .param(token.id())
                                .update());
    }
}
