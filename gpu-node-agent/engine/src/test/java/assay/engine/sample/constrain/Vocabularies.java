package assay.engine.sample.constrain;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Vocabularies for tests; id 0 ends an output, id 1 is special. */
final class Vocabularies {
    static final int END = 0;

    private Vocabularies() {}

    static Vocabulary of(List<byte[]> tokens) {
        List<byte[]> all = new ArrayList<>(List.of("<end>".getBytes(StandardCharsets.UTF_8)));
        all.add(new byte[0]);
        all.addAll(tokens);
        return Vocabulary.of(all.toArray(new byte[0][]), Set.of(END));
    }

    /** All texts of some characters up to a length, and pieces that end inside a character. */
    static Vocabulary small(String characters, int length) {
        List<byte[]> tokens = new ArrayList<>();
        List<String> texts = new ArrayList<>(List.of(""));
        for (int i = 0; i < texts.size(); i++) {
            String text = texts.get(i);
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            if (bytes.length > 0) {
                tokens.add(bytes);
            }
            if (text.codePointCount(0, text.length()) < length) {
                characters.codePoints().forEach(c -> texts.add(text + Character.toString(c)));
            }
        }
        for (byte[] bytes : List.copyOf(tokens)) {
            for (int cut = 1; cut < bytes.length; cut++) {
                if ((bytes[cut] & 0xC0) == 0x80) {
                    tokens.add(Arrays.copyOfRange(bytes, 0, cut));
                    tokens.add(Arrays.copyOfRange(bytes, cut, bytes.length));
                }
            }
        }
        return of(tokens);
    }

    /** Every byte, and pieces of a text cut at random places, inside characters too. */
    static Vocabulary pieces(String text, int count, Random random) {
        List<byte[]> tokens = new ArrayList<>();
        for (int b = 0; b < 256; b++) {
            tokens.add(new byte[] {(byte) b});
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < count; i++) {
            int from = random.nextInt(bytes.length - 1);
            int to = Math.min(bytes.length, from + 1 + random.nextInt(6));
            tokens.add(Arrays.copyOfRange(bytes, from, to));
        }
        return of(tokens);
    }

    /**
     * Draws ids through the masks until the output has ended.
     *
     * @return the whole text, or null when it had not ended after {@code most} tokens
     */
    static @Nullable String walk(
            TokenConstraint constraint, Vocabulary vocabulary, int most, Random random) {
        ConstraintState state = constraint.start();
        var bytes = new ByteArrayOutputStream();
        for (int i = 0; i < most; i++) {
            TokenMask mask = state.mask();
            int id = draw(mask, random);
            if (mask.allows(END) && (i > most / 2 || random.nextInt(4) == 0)) {
                id = END;
            }
            state.accept(id);
            if (id == END) {
                return bytes.toString(StandardCharsets.UTF_8);
            }
            bytes.writeBytes(vocabulary.bytes(id));
        }
        return null;
    }

    private static int draw(TokenMask mask, Random random) {
        int skip = random.nextInt(mask.count());
        int id = mask.next(0);
        while (skip-- > 0) {
            id = mask.next(id + 1);
        }
        return id;
    }
}
