package assay.web.identity.account;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;

/**
 * Codes for who lost his second factor: 16 characters each, 80 bits, in groups of four. Letters and
 * digits that look alike are left out. Stateless.
 */
final class RecoveryCodes {
    static final int COUNT = 10;

    private static final String ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ0123456789"; // no I, L, O, U
    private static final int CHARS = 16;
    private static final int GROUP = 4;

    private RecoveryCodes() {}

    static List<String> draw() {
        return draw(new SecureRandom());
    }

    /**
     * @param random unpredictable
     */
    static List<String> draw(RandomGenerator random) {
        List<String> codes = new ArrayList<>();
        while (codes.size() < COUNT) {
            var code = new StringBuilder();
            for (int i = 0; i < CHARS; i++) {
                if (i > 0 && i % GROUP == 0) {
                    code.append('-');
                }
                code.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
            }
            codes.add(code.toString());
        }
        return codes;
    }

    /** What was typed, as it is hashed: hyphens, spaces and case make no difference. */
    static String bare(String typed) {
        return typed.toUpperCase(Locale.ROOT)
                .replaceAll("[\\s-]", "")
                .replace('I', '1')
                .replace('L', '1')
                .replace('O', '0')
                .replace('U', 'V');
    }

    /** Whether it can be one at all. */
    static boolean wellFormed(String bare) {
        return bare.length() == CHARS && bare.chars().allMatch(each -> ALPHABET.indexOf(each) >= 0);
    }
}
