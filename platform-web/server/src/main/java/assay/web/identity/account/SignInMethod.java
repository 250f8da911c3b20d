package assay.web.identity.account;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Locale;

/** How somebody proved who he is. */
public enum SignInMethod {
    PASSWORD,
    PASSWORD_TOTP,
    PASSWORD_RECOVERY,
    PASSKEY,
    OIDC;

    private static final String ATTRIBUTE = SignInMethod.class.getName();

    /** As it stands in the database, in JSON and in keys of texts. */
    public String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Notes it on the request that signs somebody in, for the session that begins with it. */
    public void mark(HttpServletRequest request) {
        request.setAttribute(ATTRIBUTE, this);
    }

    static SignInMethod of(HttpServletRequest request) {
        return request.getAttribute(ATTRIBUTE) instanceof SignInMethod method ? method : PASSWORD;
    }
}
