package assay.web.identity.federation;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.audit.AuditedChanges;
import assay.web.http.RequestId;
import assay.web.identity.Caller;
import assay.web.identity.CurrentCaller;
import assay.web.identity.DirectoryAccounts;
import assay.web.identity.federation.ExternalPeople.Claims;
import assay.web.identity.federation.ExternalPeople.Outcome;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.authentication.OAuth2AuthenticationToken;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizedClientRepository;
import org.springframework.security.oauth2.client.web.OAuth2LoginAuthenticationFilter;

/**
 * Takes a provider's answer. What Spring Security found out is exchanged for what stands for a
 * person of ours; the provider's tokens are kept nowhere.
 */
final class OidcSignInFilter extends OAuth2LoginAuthenticationFilter {
    static final String RETURN_PATH = "/sign-in/from/*";
    private static final String ACCOUNT = "/account";

    private final transient StoredRegistrations registrations;
    private final transient ExternalPeople people;
    private final transient ExternalLinks links;
    private final transient DirectoryAccounts accounts;
    private final transient CurrentCaller callers;
    private final transient AuditedChanges changes;

    OidcSignInFilter(
            StoredRegistrations registrations,
            ExternalPeople people,
            ExternalLinks links,
            DirectoryAccounts accounts,
            CurrentCaller callers,
            AuditedChanges changes) {
        super(registrations, new NoClients(), RETURN_PATH);
        this.registrations = registrations;
        this.people = people;
        this.links = links;
        this.accounts = accounts;
        this.callers = callers;
        this.changes = changes;
    }

    /** What ended without anybody new signed in: where the browser goes now. */
    static final class Ended extends AuthenticationException {
        private static final long serialVersionUID = 1L;

        private final String address;

        private Ended(String address, String message) {
            super(message);
            this.address = address;
        }

        /**
         * @param reason as it stands in the page's address and in keys of texts
         */
        static Ended refused(String reason, String message) {
            return new Ended("/sign-in?refused=" + reason, message);
        }

        String address() {
            return address;
        }
    }

    @Override
    public Authentication attemptAuthentication(
            HttpServletRequest request, HttpServletResponse response) {
        var proven = (OAuth2AuthenticationToken) super.attemptAuthentication(request, response);
        UUID id = UUID.fromString(proven.getAuthorizedClientRegistrationId());
        IdentityProvider provider =
                registrations
                        .provider(id)
                        .orElseThrow(() -> Ended.refused("provider", "the provider is gone"));
        Claims claims =
                Claims.of(proven.getPrincipal().getAttributes(), provider.spec().groupsClaim());
        Optional<ExternalLinks.Intent> intent = links.take(request.getSession(), id);
        if (intent.isPresent()) {
            throw link(request, provider, claims, intent.get()); // who came is who he was
        }
        return signIn(request, provider, claims, proven.getDetails());
    }

    private Authentication signIn(
            HttpServletRequest request,
            IdentityProvider provider,
            Claims claims,
            @Nullable Object details) {
        Outcome outcome = people.signIn(provider, claims);
        UUID userId = outcome instanceof Outcome.Known known ? known.userId() : null;
        var change =
                change(
                        request,
                        provider,
                        userId == null ? provider.id() + "/" + claims.subject() : userId.toString(),
                        claims,
                        "sign-in.oidc",
                        Map.of(
                                "provider",
                                provider.spec().name(),
                                "made",
                                outcome instanceof Outcome.Known known && known.made()));
        try {
            return changes.run(
                    change,
                    () ->
                            switch (outcome) {
                                case Outcome.NoRole() ->
                                        throw new WebException(
                                                ErrorCode.PERMISSION_DENIED,
                                                "none of the person's groups gives a role");
                                case Outcome.Known(UUID user, boolean _) ->
                                        accounts.authentication(
                                                        provider.tenantId(),
                                                        user,
                                                        details == null ? "" : details)
                                                .orElseThrow(() ->
                                                        new WebException(
                                                                ErrorCode.PERMISSION_DENIED,
                                                                "the account is closed"));
                            });
        } catch (WebException e) {
            String reason =
                    e.code() != ErrorCode.PERMISSION_DENIED
                            ? "provider"
                            : userId == null ? "no-role" : "closed";
            throw Ended.refused(reason, e.detail());
        }
    }

    private Ended link(
            HttpServletRequest request,
            IdentityProvider provider,
            Claims claims,
            ExternalLinks.Intent intent) {
        Optional<Caller> now =
                callers.known()
                        .filter(caller -> caller.id().equals(intent.userId().toString()))
                        .filter(caller -> caller.tenantId().equals(provider.tenantId()));
        if (now.isEmpty()) {
            throw Ended.refused("provider", "whoever asked for the link is not signed in any more");
        }
        var change =
                new AuditedChanges.Change(
                        now.get(),
                        RequestId.of(request),
                        "sign-in-link.make",
                        "sign-in-provider",
                        provider.id().toString(),
                        "GET",
                        ACCOUNT,
                        Map.of("provider", provider.spec().name()));
        String result = "linked";
        try {
            changes.run(
                    change,
                    () -> {
                        people.link(provider, claims.subject(), intent.userId());
                        return provider.id();
                    });
        } catch (WebException e) {
            result = "link-refused";
        }
        return new Ended(ACCOUNT + "?" + result, "a link was asked for: " + result);
    }

    private static AuditedChanges.Change change(
            HttpServletRequest request,
            IdentityProvider provider,
            String id,
            Claims claims,
            String action,
            Map<String, Object> details) {
        var caller =
                new Caller(
                        provider.tenantId(),
                        Caller.Kind.USER,
                        id,
                        claims.displayName(),
                        "none",
                        Set.of(),
                        request.getRemoteAddr(),
                        request.getHeader("User-Agent"));
        return new AuditedChanges.Change(
                caller,
                RequestId.of(request),
                action,
                "sign-in-provider",
                provider.id().toString(),
                request.getMethod(),
                request.getRequestURI(),
                details);
    }

    /** Tokens to ask the provider more are not wanted. */
    private static final class NoClients implements OAuth2AuthorizedClientRepository {
        @Override
        @SuppressWarnings("TypeParameterUnusedInFormals") // the interface is so
        public <T extends OAuth2AuthorizedClient> @Nullable T loadAuthorizedClient(
                String id, Authentication principal, HttpServletRequest request) {
            return null;
        }

        @Override
        public void saveAuthorizedClient(
                OAuth2AuthorizedClient client,
                Authentication principal,
                HttpServletRequest request,
                HttpServletResponse response) {
            // see above
        }

        @Override
        public void removeAuthorizedClient(
                String id,
                Authentication principal,
                HttpServletRequest request,
                HttpServletResponse response) {
            // see above
        }
    }
}
