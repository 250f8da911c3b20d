package assay.web.http;

import assay.web.WebException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Which part of a long list is asked for: {@code limit} and {@code cursor}. Stateless. */
public final class Paging {
    private static final int USUAL = 100;
    private static final int MOST = 500;

    private Paging() {}

    /**
     * How many at most.
     *
     * @throws WebException INVALID_REQUEST if it is not 1..500
     */
    public static int limit(@Nullable Integer limit) {
        if (limit == null) {
            return USUAL;
        }
        if (limit < 1 || limit > MOST) {
            throw WebException.invalid("limit", limit + " (expected: 1.." + MOST + ")");
        }
        return limit;
    }

    /** The same, as it stands in the address. */
    public static int limit(@Nullable String text) {
        if (text == null) {
            return USUAL;
        }
        if (!text.matches("[1-9][0-9]{0,3}")) {
            throw WebException.invalid("limit", "no number (expected: 1.." + MOST + ")");
        }
        return limit(Integer.valueOf(text));
    }

    /**
     * Where the part before ended; null at the beginning.
     *
     * @param parse throws IllegalArgumentException for what is no cursor
     * @throws WebException INVALID_REQUEST if it is none
     */
    public static <C> @Nullable C cursor(@Nullable String text, Function<String, C> parse) {
        if (text == null || text.isBlank()) {
            return null;
        }
        try {
            return parse.apply(text);
        } catch (IllegalArgumentException e) {
            throw WebException.invalid("cursor", "unknown (expected: one that was answered)");
        }
    }
}
