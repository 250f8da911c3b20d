package assay.web.identity.federation;

import assay.web.WebException;
import assay.web.tenancy.TenantTransactions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.oauth2.client.registration.ClientRegistrations;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.stereotype.Component;

/**
 * Providers as Spring Security wants them, by their ids. A provider is read anew for each sign-in,
 * so one that was disabled or changed is so at once; what it said of itself is kept for some
 * minutes, for that version. Thread-safe.
 */
@Component
class StoredRegistrations implements ClientRegistrationRepository {
    private static final Logger LOG = LoggerFactory.getLogger(StoredRegistrations.class);

    static final String REDIRECT = "{baseUrl}/sign-in/from/{registrationId}";

    private static final Duration KEPT = Duration.ofMinutes(10);
    private static final int REMEMBERED = 1_000;

    private final JdbcClient jdbc;
    private final TenantTransactions transactions;
    private final ProviderStore store;
    private final Discovery discovery;
    private final InstantSource clock;
    private final Map<UUID, Known> known =
            new LinkedHashMap<>(16, 0.75f, true) { // guarded by itself
                @Override
                protected boolean removeEldestEntry(Map.Entry<UUID, Known> eldest) {
                    return size() > REMEMBERED;
                }
            };

    private record Known(long version, Instant until, ClientRegistration registration) {}

    StoredRegistrations(
            JdbcClient jdbc,
            TenantTransactions transactions,
            ProviderStore store,
            Discovery discovery,
            InstantSource clock) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.store = store;
        this.discovery = discovery;
        this.clock = clock;
    }

    /** An enabled provider of an active tenant, with its secret. */
    Optional<IdentityProvider> provider(UUID id) {
        return jdbc.sql("select tenant_id from find_identity_provider(?)")
                .param(id)
                .query(UUID.class)
                .optional()
                .flatMap(tenant ->
                        transactions.in(tenant, transaction -> store.open(transaction, id)));
    }

    @Override
    public @Nullable ClientRegistration findByRegistrationId(String registrationId) {
        UUID id;
        try {
            id = UUID.fromString(registrationId);
        } catch (IllegalArgumentException e) {
            return null;
        }
        return provider(id).flatMap(this::registration).orElse(null);
    }

    private Optional<ClientRegistration> registration(IdentityProvider provider) {
        Instant now = clock.instant();
        synchronized (known) {
            Known kept = known.get(provider.id());
            if (kept != null && kept.version() == provider.version() && kept.until().isAfter(now)) {
                return Optional.of(kept.registration());
            }
        }
        ClientRegistration made;
        try {
            made = make(provider);
        } catch (WebException | IllegalArgumentException e) {
            LOG.warn("the sign-in provider {} can not be used: {}", provider.id(), e.getMessage());
            return Optional.empty();
        }
        synchronized (known) {
            known.put(provider.id(), new Known(provider.version(), now.plus(KEPT), made));
        }
        return Optional.of(made);
    }

    private ClientRegistration make(IdentityProvider provider) {
        ProviderSpec spec = provider.spec();
        Map<String, Object> configuration =
                discovery.configuration(spec.issuer(), spec.innerNetwork());
        String secret = spec.clientSecret();
        boolean open = secret == null || secret.isEmpty();
        var builder =
                ClientRegistrations.fromOidcConfiguration(configuration)
                        .registrationId(provider.id().toString())
                        .clientName(spec.name())
                        .clientId(spec.clientId())
                        .authorizationGrantType(AuthorizationGrantType.AUTHORIZATION_CODE)
                        .redirectUri(REDIRECT)
                        .scope(spec.scopes())
                        .userNameAttributeName("sub")
                        .clientSettings(
                                ClientRegistration.ClientSettings.builder()
                                        .requireProofKey(true)
                                        .build());
        if (open) {
            builder.clientAuthenticationMethod(ClientAuthenticationMethod.NONE);
        } else {
            builder.clientSecret(secret).clientAuthenticationMethod(method(configuration));
        }
        return builder.build();
    }

    /** Basic is every server's duty and the default; a form is for those that say only that. */
    private static ClientAuthenticationMethod method(Map<String, Object> configuration) {
        return configuration.get("token_endpoint_auth_methods_supported") instanceof List<?> methods
                        && !methods.contains("client_secret_basic")
                        && methods.contains("client_secret_post")
                ? ClientAuthenticationMethod.CLIENT_SECRET_POST
                : ClientAuthenticationMethod.CLIENT_SECRET_BASIC;
    }
}
