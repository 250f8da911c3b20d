package assay.web.identity.account;

import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Locale;
import java.util.OptionalLong;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Codes of six digits from a shared secret and the time, as authenticator apps show them:
 * HMAC-SHA-1 in steps of 30 s, the only kind that all apps know. Source: RFC 6238, and RFC 4226 for
 * the digits. Stateless.
 */
final class Totp {
    /** 160 bits, as long as the hash: what RFC 4226 recommends. */
    static final int SECRET_BYTES = 20;

    private static final int STEP_SECONDS = 30;
    private static final int DIGITS = 6;
    private static final int MODULUS = 1_000_000;

    /** Steps before and after now, for clocks that differ. */
    private static final int WINDOW = 1;

    private static final String ALGORITHM = "HmacSHA1";
    private static final String BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    private Totp() {}

    /** The step that the moment lies in. */
    static long step(Instant now) {
        return Math.floorDiv(now.getEpochSecond(), (long) STEP_SECONDS);
    }

    /** The code of a step, six digits. */
    static String code(byte[] secret, long step) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(secret, ALGORITHM));
            byte[] hash = mac.doFinal(ByteBuffer.allocate(Long.BYTES).putLong(step).array());
            int offset = hash[hash.length - 1] & 0x0f;
            int number = ByteBuffer.wrap(hash).getInt(offset) & 0x7fff_ffff;
            return String.format(Locale.ROOT, "%0" + DIGITS + "d", number % MODULUS);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(ALGORITHM + " is missing", e);
        }
    }

    /**
     * The step whose code was sent, if it is near enough and newer than the one taken last. Every
     * candidate is compared, so the time tells nothing.
     *
     * @param lastStep of the newest code taken: it and those before are not taken again
     */
    static OptionalLong match(byte[] secret, String sent, Instant now, long lastStep) {
        byte[] digits = sent.getBytes(StandardCharsets.UTF_8);
        long matching = Long.MIN_VALUE;
        for (long step = step(now) - WINDOW; step <= step(now) + WINDOW; step++) {
            byte[] expected = code(secret, step).getBytes(StandardCharsets.UTF_8);
            if (MessageDigest.isEqual(expected, digits) && step > lastStep) {
                matching = step;
            }
        }
        return matching == Long.MIN_VALUE ? OptionalLong.empty() : OptionalLong.of(matching);
    }

    /** The secret as people type it in: RFC 4648, without padding. */
    static String base32(byte[] bytes) {
        var text = new StringBuilder();
        int bits = 0;
        int held = 0;
        for (byte each : bytes) {
            held = (held << 8) | (each & 0xff);
            bits += 8;
            while (bits >= 5) {
                bits -= 5;
                text.append(BASE32.charAt((held >> bits) & 31));
            }
        }
        if (bits > 0) {
            text.append(BASE32.charAt((held << (5 - bits)) & 31));
        }
        return text.toString();
    }

    /**
     * What the picture says to the app. Source: the key URI format that all authenticators read.
     */
    static String uri(byte[] secret, String issuer, String account) {
        return "otpauth://totp/"
                + encoded(issuer)
                + ":"
                + encoded(account)
                + "?secret="
                + base32(secret)
                + "&issuer="
                + encoded(issuer)
                + "&algorithm=SHA1&digits="
                + DIGITS
                + "&period="
                + STEP_SECONDS;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
