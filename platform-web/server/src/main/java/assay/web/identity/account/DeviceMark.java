package assay.web.identity.account;

import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import org.springframework.http.ResponseCookie;
import org.springframework.stereotype.Component;

/**
 * Tells a browser that an account was signed in with before: a cookie with a random name for the
 * browser, bound to the account by a keyed hash. It opens nothing; it only lets its failures be
 * counted apart from strangers'. Thread-safe.
 *
 * <p>One cookie holds one account: whoever shares a browser is a stranger to it each time another
 * has signed in, and no worse off than from a new browser.
 */
@Component
class DeviceMark {
    static final String COOKIE = "assay_device";

    private static final Duration KEPT = Duration.ofDays(365);
    private static final int NAME_BYTES = 16;
    private static final int MOST_CHARS = 200;

    private final AccountSecrets secrets;
    private final SecureRandom random = new SecureRandom();

    DeviceMark(AccountSecrets secrets) {
        this.secrets = secrets;
    }

    /** The browser's name, if its mark is good for this account. */
    Optional<String> find(HttpServletRequest request, String username) {
        Cookie[] cookies = request.getCookies();
        if (cookies == null) {
            return Optional.empty();
        }
        for (Cookie each : cookies) {
            if (each.getName().equals(COOKIE) && each.getValue().length() <= MOST_CHARS) {
                return named(each.getValue(), username);
            }
        }
        return Optional.empty();
    }

    private Optional<String> named(String value, String username) {
        int dot = value.indexOf('.');
        if (dot <= 0) {
            return Optional.empty();
        }
        String name = value.substring(0, dot);
        boolean good =
                MessageDigest.isEqual(
                        value.substring(dot + 1).getBytes(java.nio.charset.StandardCharsets.UTF_8),
                        seal(name, username).getBytes(java.nio.charset.StandardCharsets.UTF_8));
        return good ? Optional.of(name) : Optional.empty();
    }

    /** Marks the browser that the account was just signed in with; a good mark stays. */
    void leave(HttpServletRequest request, HttpServletResponse response, String username) {
        byte[] fresh = new byte[NAME_BYTES];
        random.nextBytes(fresh);
        String name =
                find(request, username)
                        .orElseGet(() ->
                                Base64.getUrlEncoder().withoutPadding().encodeToString(fresh));
        var cookie =
                ResponseCookie.from(COOKIE, name + "." + seal(name, username))
                        .httpOnly(true)
                        .secure(request.isSecure())
                        .sameSite("Lax")
                        .path("/")
                        .maxAge(KEPT)
                        .build();
        response.addHeader("Set-Cookie", cookie.toString());
    }

    private String seal(String name, String username) {
        return HexFormat.of()
                .formatHex(secrets.hash("device", name + "\n" + username.toLowerCase(Locale.ROOT)));
    }
}
