package assay.engine.sample.constrain;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Ranges of code points as sequences of byte ranges: every combination of bytes of a sequence is
 * the UTF-8 of a code point in the range. Source: the shortest forms of RFC 3629, sec. 4.
 */
final class Utf8 {
    private static final int[] LAST_OF_LENGTH = {0x7F, 0x7FF, 0xFFFF, 0x10FFFF};
    private static final int CONTINUATION_BITS = 6;

    private Utf8() {}

    /** First and last of each byte, in order: 2 ints a byte. */
    static List<int[]> sequences(CodePoints of) {
        List<int[]> sequences = new ArrayList<>();
        for (CodePoints.Range range : of.ranges()) {
            int first = range.first();
            for (int last : LAST_OF_LENGTH) {
                if (first <= Math.min(last, range.last())) {
                    split(first, Math.min(last, range.last()), sequences);
                    first = last + 1;
                }
            }
        }
        return sequences;
    }

    /** Both ends have as many bytes; cuts until all lower bytes run over their whole range. */
    private static void split(int first, int last, List<int[]> sequences) {
        for (int bits = CONTINUATION_BITS; bits <= 3 * CONTINUATION_BITS; bits += 6) {
            int low = (1 << bits) - 1;
            if ((first & ~low) != (last & ~low)) {
                if ((first & low) != 0) {
                    split(first, first | low, sequences);
                    split((first | low) + 1, last, sequences);
                    return;
                }
                if ((last & low) != low) {
                    split(first, (last & ~low) - 1, sequences);
                    split(last & ~low, last, sequences);
                    return;
                }
            }
        }
        byte[] from = Character.toString(first).getBytes(StandardCharsets.UTF_8);
        byte[] to = Character.toString(last).getBytes(StandardCharsets.UTF_8);
        int[] bytes = new int[2 * from.length];
        for (int i = 0; i < from.length; i++) {
            bytes[2 * i] = from[i] & 0xFF;
            bytes[2 * i + 1] = to[i] & 0xFF;
        }
        sequences.add(bytes);
    }
}
