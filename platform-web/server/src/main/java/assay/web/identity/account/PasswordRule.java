package assay.web.identity.account;

import java.text.Normalizer;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a password may be. Source: NIST SP 800-63B. Stateless.
 *
 * <p>Length decides, and nothing else does: no composition rules, no expiry. NIST asks for 8
 * characters beside a second factor and, in its fourth revision, for 15 without one. Here a second
 * factor may be added to an account and taken away again, while the password stays: so one length
 * holds for both. 12 characters drawn at random withstand guessing at the rate that {@link
 * SignInThrottle} leaves, and offline against Argon2id; 15 is asked of nobody because who must type
 * that begins to repeat words. Spaces and all of Unicode count; a longer password than 256
 * characters is refused, so that hashing is no way to burn our time.
 */
public final class PasswordRule {
    public static final int LEAST = 12;
    public static final int MOST = 256;

    /** Everybody tries the name of the product first. */
    private static final String PRODUCT = "assay";

    /** A name this short is in many a good password by chance. */
    private static final int TELLING = 3;

    private PasswordRule() {}

    /** Why a password is refused. */
    public enum Problem {
        TOO_SHORT,
        TOO_LONG,
        /** It is a name that everybody knows, alone, repeated or with digits around it. */
        A_NAME,
        /** It is one character, or a few, over and over. */
        REPEATED,
        SAME_AS_BEFORE;

        /** As it stands in keys of texts and in addresses. */
        public String id() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** The form in which passwords are compared, whichever keyboard wrote them. */
    public static String normal(String password) {
        return Normalizer.normalize(password, Normalizer.Form.NFC);
    }

    /**
     * @param names the person's and the tenants': none of them may be the password
     */
    public static Optional<Problem> check(String password, List<String> names) {
        String normal = normal(password);
        int length = normal.codePointCount(0, normal.length());
        if (length < LEAST) {
            return Optional.of(Problem.TOO_SHORT);
        }
        if (length > MOST) {
            return Optional.of(Problem.TOO_LONG);
        }
        if (normal.codePoints().distinct().count() < 4) {
            return Optional.of(Problem.REPEATED);
        }
        String bare = bare(normal);
        boolean known =
                isMadeOf(bare, PRODUCT)
                        || names.stream().anyMatch(name -> isMadeOf(bare, bare(name)));
        return known ? Optional.of(Problem.A_NAME) : Optional.empty();
    }

    /** Letters alone, in lower case: "Assay-2026!" is still the product's name. */
    private static String bare(String text) {
        return text.toLowerCase(Locale.ROOT)
                .codePoints()
                .filter(Character::isLetter)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private static boolean isMadeOf(String text, String name) {
        return name.length() >= TELLING && !text.isEmpty() && text.replace(name, "").isEmpty();
    }
}
