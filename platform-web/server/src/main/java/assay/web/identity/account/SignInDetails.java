package assay.web.identity.account;

import jakarta.servlet.http.HttpServletRequest;
import java.io.Serial;
import org.jspecify.annotations.Nullable;
import org.springframework.security.web.authentication.WebAuthenticationDetails;

/** From where a sign-in comes. Immutable. */
final class SignInDetails extends WebAuthenticationDetails {
    @Serial private static final long serialVersionUID = 1L;

    private final @Nullable String device;

    /**
     * @param device the browser's mark, if it has one that is good for the account
     */
    SignInDetails(HttpServletRequest request, @Nullable String device) {
        super(request);
        this.device = device;
    }

    @Nullable String device() {
        return device;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return super.equals(other);
    }

    @Override
    public int hashCode() {
        return super.hashCode();
    }
}
