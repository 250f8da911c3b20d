package assay.web.identity;

import assay.web.ErrorCode;
import assay.web.WebException;
import jakarta.servlet.http.HttpSession;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.security.core.context.SecurityContextHolderStrategy;
import org.springframework.security.web.context.HttpSessionSecurityContextRepository;
import org.springframework.stereotype.Component;

/** Opens the console to a person who has proved who he is, by whatever means. Thread-safe. */
@Component
public class SignIns {
    private final Rights rights;
    private final JdbcClient jdbc;
    private final SecurityContextHolderStrategy contexts;

    SignIns(Rights rights, JdbcClient jdbc, SecurityContextHolderStrategy contexts) {
        this.rights = rights;
        this.jdbc = jdbc;
        this.contexts = contexts;
    }

    /**
     * What stands for the person in his session: in the tenant in which he worked last, or else the
     * first by name.
     *
     * @param details of the sign-in, as Spring Security's own
     * @return empty when the account is disabled or belongs to no active tenant
     */
    public Optional<Authentication> authentication(UUID userId, @Nullable Object details) {
        List<Standing> tenants = rights.of(userId);
        Optional<UUID> last = last(userId);
        return tenants.stream()
                .filter(each -> last.isPresent() && each.tenantId().equals(last.get()))
                .findFirst()
                .or(() -> tenants.stream().findFirst())
                .map(standing -> authentication(standing, details));
    }

    private Optional<UUID> last(UUID userId) {
        return jdbc.sql("select last_tenant from users where id = ?")
                .param(userId)
                .query((row, _) -> Optional.ofNullable(row.getObject(1, UUID.class)))
                .optional()
                .flatMap(tenant -> tenant);
    }

    /** Rights are asked for at each request; the one authority says that somebody is signed in. */
    private static Authentication authentication(Standing standing, @Nullable Object details) {
        var person = new SignedInPerson(standing.userId(), standing.name(), standing.tenantId());
        var token =
                UsernamePasswordAuthenticationToken.authenticated(
                        person, null, List.of(new SimpleGrantedAuthority("ROLE_PERSON")));
        token.setDetails(details);
        return token;
    }

    /**
     * Lets the person signed in go on in another tenant of his. Views that are open show the old
     * one until they are loaded anew.
     *
     * @throws WebException NOT_FOUND when he does not belong to it
     */
    public void moveTo(UUID tenantId, HttpSession session) {
        Authentication now = contexts.getContext().getAuthentication();
        if (now == null || !(now.getPrincipal() instanceof SignedInPerson person)) {
            throw new WebException(ErrorCode.KEY_INVALID, "nobody is signed in");
        }
        Standing standing =
                rights.find(tenantId, person.userId())
                        .orElseThrow(() -> new WebException(ErrorCode.NOT_FOUND, "no such tenant"));
        jdbc.sql("update users set last_tenant = ? where id = ?")
                .params(tenantId, person.userId())
                .update();
        var context = contexts.createEmptyContext();
        context.setAuthentication(authentication(standing, now.getDetails()));
        contexts.setContext(context);
        session.setAttribute(
                HttpSessionSecurityContextRepository.SPRING_SECURITY_CONTEXT_KEY, context);
    }
}
