package assay.web.identity;

import java.io.Serial;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.core.authority.SimpleGrantedAuthority;

/** A request that came with a good key. Lives as long as the request. */
final class KeyAuthentication extends AbstractAuthenticationToken {
    @Serial private static final long serialVersionUID = 1L;

    private final transient Caller caller;

    KeyAuthentication(Caller caller) {
        super(
                caller.permissions().stream()
                        .map(permission -> new SimpleGrantedAuthority(permission.id()))
                        .toList());
        this.caller = caller;
        setAuthenticated(true);
    }

    @Override
    public Caller getPrincipal() {
        return caller;
    }

    @Override
    public @Nullable Object getCredentials() {
        return null;
    }
}
