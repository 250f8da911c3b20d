package assay.web.identity;

import java.nio.charset.StandardCharsets;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32;

/**
 * How a key looks: {@code ask_}, 40 random characters, 6 of checksum. The prefix lets scanners of
 * leaked secrets find it; the checksum tells a mistyped key without a look at the database.
 * Stateless.
 */
final class ApiKeyText {
    static final String MARK = "ask_";

    private static final String ALPHABET =
            "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final int RANDOM_CHARS = 40; // 238 bits
    private static final int SUM_CHARS = 6; // 62^6 is above 2^32
    private static final int LENGTH = MARK.length() + RANDOM_CHARS + SUM_CHARS;

    private ApiKeyText() {}

    /**
     * @param random unpredictable
     */
    static String draw(RandomGenerator random) {
        var text = new StringBuilder(LENGTH).append(MARK);
        for (int i = 0; i < RANDOM_CHARS; i++) {
            text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return text.append(checksum(text.toString())).toString();
    }

    /** Whether it can be a key at all. */
    static boolean wellFormed(String text) {
        return text.length() == LENGTH
                && text.startsWith(MARK)
                && text.endsWith(checksum(text.substring(0, LENGTH - SUM_CHARS)));
    }

    /** What people recognise a key by. */
    static String prefix(String key) {
        return key.substring(0, MARK.length() + 6);
    }

    private static String checksum(String text) {
        var crc = new CRC32();
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        long rest = crc.getValue();
        var sum = new char[SUM_CHARS];
        for (int i = SUM_CHARS - 1; i >= 0; i--) {
            sum[i] = ALPHABET.charAt((int) (rest % ALPHABET.length()));
            rest /= ALPHABET.length();
        }
        return new String(sum);
    }
}
