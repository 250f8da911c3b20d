package assay.engine.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.engine.EngineException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StopSequencesPropertyTest {
    @Test
    void aStopSequenceIsFoundAcrossPieces() {
        StopSequences stops = new StopSequences(List.of("END.", "STOP"));
        assertThat(stops.append("one E")).isEqualTo("one ");
        assertThat(stops.append("N")).isEmpty();
        assertThat(stops.append("ough EN")).isEqualTo("ENough ");
        assertThat(stops.append("D. and more STOP")).isEmpty();
        assertThat(stops.stopped()).isTrue();
        assertThat(stops.append("more")).isEmpty();
        assertThat(stops.finish()).isEmpty();
    }

    @Test
    void theFirstToEndCutsAndOfThoseTheFirstToBegin() {
        assertThat(new StopSequences(List.of("bc", "ab")).append("xabc")).isEqualTo("x");
        assertThat(new StopSequences(List.of("bc", "abc")).append("xabc")).isEqualTo("x");
        assertThat(new StopSequences(List.of("bc", "abcd")).append("xabcd")).isEqualTo("xa");
        StopSequences none = new StopSequences(List.of("\n\n"));
        assertThat(none.append("a\n") + none.append("b\n") + none.finish()).isEqualTo("a\nb\n");
        StopSequences nothing = new StopSequences(List.of());
        assertThat(nothing.append("all of it")).isEqualTo("all of it");
    }

    /** Few letters make overlaps common; pieces are cut anywhere. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void agreesWithALookAtTheWholeTextHoweverItIsCut(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 3_000; i++) {
            List<String> stops = new ArrayList<>();
            for (int n = random.nextInt(5); n >= 0; n--) {
                stops.add(text(random, 1 + random.nextInt(6)));
            }
            String text = text(random, random.nextInt(40));
            int end = end(text, stops);
            StopSequences found = new StopSequences(stops);
            StringBuilder told = new StringBuilder();
            int at = 0;
            while (at < text.length()) {
                int to = Math.min(text.length(), at + 1 + random.nextInt(5));
                told.append(found.append(text.substring(at, to)));
                at = to;
                if (!found.stopped()) {
                    // Held back is the longest end that begins a stop sequence, and no more.
                    assertThat(to - told.length())
                            .isEqualTo(heldBack(text.substring(0, to), stops));
                }
            }
            told.append(found.finish());
            assertThat(told).asString().isEqualTo(end < 0 ? text : text.substring(0, end));
            assertThat(found.stopped()).isEqualTo(end >= 0);
        }
    }

    private static String text(Random random, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append((char) ('a' + random.nextInt(3)));
        }
        return text.toString();
    }

    private static int end(String text, List<String> stops) {
        for (int to = 0; to <= text.length(); to++) {
            int first = -1;
            for (String stop : stops) {
                int from = to - stop.length();
                if (from >= 0 && text.startsWith(stop, from) && (first < 0 || from < first)) {
                    first = from;
                }
            }
            if (first >= 0) {
                return first;
            }
        }
        return -1;
    }

    private static int heldBack(String text, List<String> stops) {
        for (int from = 0; from < text.length(); from++) {
            String tail = text.substring(from);
            if (stops.stream().anyMatch(stop -> stop.startsWith(tail))) {
                return tail.length();
            }
        }
        return 0;
    }

    /** Sixteen sequences of the greatest length that nearly match everywhere. */
    @Test
    void hostileSequencesTakeLinearTime() {
        List<String> stops = new ArrayList<>();
        for (int i = 0; i < StopSequences.COUNT_MAX; i++) {
            stops.add("a".repeat(StopSequences.LENGTH_MAX - 1 - i) + "b");
        }
        StopSequences found = new StopSequences(stops);
        String piece = "a".repeat(1_000);
        int told = 0;
        for (int i = 0; i < 1_000; i++) {
            told += found.append(piece).length();
        }
        assertThat(told).isEqualTo(1_000_000 - (StopSequences.LENGTH_MAX - 1));
        assertThat(found.append("b")).isEmpty();
        assertThat(found.stopped()).isTrue();
    }

    @Test
    void tooManyEmptyOrOverlongOnesAreRefused() {
        assertThatThrownBy(() -> new StopSequences(Collections.nCopies(17, "x")))
                .isInstanceOf(EngineException.class);
        assertThatThrownBy(() -> new StopSequences(List.of("")))
                .isInstanceOf(EngineException.class);
        assertThatThrownBy(() -> new StopSequences(List.of("x".repeat(257))))
                .isInstanceOf(EngineException.class);
    }
}
