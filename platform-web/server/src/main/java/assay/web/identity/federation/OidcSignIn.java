package assay.web.identity.federation;

import assay.web.audit.AuditedChanges;
import assay.web.audit.AuditedSignIns;
import assay.web.identity.CurrentCaller;
import assay.web.identity.DirectoryAccounts;
import assay.web.identity.SignInWay;
import assay.web.identity.account.SignInMethod;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.core.context.SecurityContextHolderStrategy;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizationRequestRedirectFilter;
import org.springframework.security.web.authentication.AuthenticationFailureHandler;
import org.springframework.security.web.authentication.SavedRequestAwareAuthenticationSuccessHandler;
import org.springframework.security.web.authentication.session.SessionAuthenticationStrategy;
import org.springframework.security.web.context.HttpSessionSecurityContextRepository;
import org.springframework.security.web.context.SecurityContextRepository;
import org.springframework.security.web.savedrequest.RequestCache;
import org.springframework.stereotype.Component;

/**
 * The way in by another service: {@code /sign-in/with/ID} sends the browser there, {@code
 * /sign-in/from/ID} takes it back. Authorization code with PKCE, state and nonce.
 */
@Component
class OidcSignIn implements SignInWay, SignInButtons {
    private static final Logger LOG = LoggerFactory.getLogger(OidcSignIn.class);
    private static final String LEAVE_PATH = "/sign-in/with";

    private final JdbcClient jdbc;
    private final ProviderHttp http;
    private final StoredRegistrations registrations;
    private final ExternalPeople people;
    private final ExternalLinks links;
    private final DirectoryAccounts accounts;
    private final CurrentCaller callers;
    private final AuditedChanges changes;
    private final SecurityContextHolderStrategy holder;
    private final AuditedSignIns records;

    OidcSignIn(
            JdbcClient jdbc,
            ProviderHttp http,
            StoredRegistrations registrations,
            ExternalPeople people,
            ExternalLinks links,
            DirectoryAccounts accounts,
            CurrentCaller callers,
            AuditedChanges changes,
            SecurityContextHolderStrategy holder,
            AuditedSignIns records) {
        this.holder = holder;
        this.records = records;
        this.jdbc = jdbc;
        this.http = http;
        this.registrations = registrations;
        this.people = people;
        this.links = links;
        this.accounts = accounts;
        this.callers = callers;
        this.changes = changes;
    }

    @Override
    public List<Button> buttons(@Nullable String tenant) {
        return jdbc.sql("select id, name from find_sign_in_ways(?)")
                .param(tenant)
                .query((row, _) -> new Button(row.getObject(1, UUID.class), row.getString(2)))
                .list();
    }

    @Override
    public void add(HttpSecurity rules) {
        rules.with(new Configurer(), _ -> {});
    }

    private final class Configurer extends AbstractHttpConfigurer<Configurer, HttpSecurity> {
        @Override
        public void configure(HttpSecurity rules) {
            var leave = new OAuth2AuthorizationRequestRedirectFilter(registrations, LEAVE_PATH);
            leave.setAuthenticationFailureHandler(refusal());
            var back =
                    new OidcSignInFilter(registrations, people, links, accounts, callers, changes);
            back.setAuthenticationManager(new OidcProtocol(http, registrations).manager());
            back.setAuthenticationFailureHandler(refusal());
            back.setSecurityContextHolderStrategy(holder);
            var success = new SavedRequestAwareAuthenticationSuccessHandler();
            RequestCache cache = rules.getSharedObject(RequestCache.class);
            if (cache != null) {
                leave.setRequestCache(cache);
                success.setRequestCache(cache);
            }
            back.setAuthenticationSuccessHandler(success);
            SessionAuthenticationStrategy sessions =
                    rules.getSharedObject(SessionAuthenticationStrategy.class);
            if (sessions != null) {
                back.setSessionAuthenticationStrategy((authentication, request, response) -> {
                    SignInMethod.OIDC.mark(request);
                    sessions.onAuthentication(authentication, request, response);
                });
            }
            SecurityContextRepository contexts =
                    rules.getSharedObject(SecurityContextRepository.class);
            back.setSecurityContextRepository(
                    contexts == null ? new HttpSessionSecurityContextRepository() : contexts);
            rules.addFilter(leave);
            rules.addFilter(back);
        }
    }

    /** What went wrong at the provider is for the log; the page says what to do. */
    private AuthenticationFailureHandler refusal() {
        return (request, response, failure) -> {
            String address =
                    failure instanceof OidcSignInFilter.Ended ended
                            ? ended.address()
                            : "/sign-in?refused=provider";
            if (!(failure instanceof OidcSignInFilter.Ended)) { // who ended it has recorded it
                records.failed(request, null, "oidc", "PROVIDER_REFUSED");
            }
            LOG.warn(
                    "a sign-in by a provider from {} ended: {}",
                    request.getRemoteAddr(),
                    failure.getMessage());
            response.sendRedirect(request.getContextPath() + address);
        };
    }
}
