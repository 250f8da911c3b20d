package assay.engine.sample.constrain;

import static assay.engine.sample.constrain.Vocabularies.END;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Masks of regular expressions against java.util.regex, as an independent definition. */
class RegexConstraintPropertyTest {
    private static final String ALPHABET = "aé1-";
    private static final int LENGTH = 7;
    private static final String TEXT =
            "aaab 12:30 x_y 日本語 \uD83D\uDE00é\n\t\"quoted\" {curly} [1,2] foo-bar@example.org";

    /** What begins a match within the looked-at texts begins one of at most LENGTH characters. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "a*",
                "(a|é)+1?",
                "(?:aé|a1|1){1,2}-",
                "[^a]{2,3}",
                "(a|aa|aé)*1",
                "a?(é?(1?-)?)?",
                "[é1-]+?a",
                "\\d\\D\\w\\W?",
                "(a?){3}é",
                "^a(1|é)$|^--$",
                "(|a)(|é)",
                ".{2}",
                "é{2}|é1",
                "[a\\-]{3}|[^\\w]",
                "(?<x>a)(?<y>1)*"
            })
    void allowsExactlyWhatKeepsTheTextTheBeginningOfAMatch(String regex) {
        Vocabulary vocabulary = Vocabularies.small(ALPHABET, 2);
        Set<String> matches = new HashSet<>();
        Set<String> beginnings = new HashSet<>();
        for (String match : matches(regex)) {
            String bytes = latin(match.getBytes(StandardCharsets.UTF_8));
            matches.add(bytes);
            for (int i = 0; i <= bytes.length(); i++) {
                beginnings.add(bytes.substring(0, i));
            }
        }
        var constraint = TokenConstraint.compile(new ConstraintSpec.Regex(regex), vocabulary);
        Set<String> seen = new HashSet<>(Set.of(""));
        var open = new ArrayDeque<List<Integer>>(List.of(List.of()));
        while (!open.isEmpty()) {
            List<Integer> ids = open.remove();
            var state = constraint.after(ids.stream().mapToInt(Integer::intValue).toArray());
            String text = text(vocabulary, ids);
            if (text.length() > LENGTH - 3) {
                continue;
            }
            TokenMask mask = state.mask();
            assertThat(state.complete()).isEqualTo(matches.contains(text));
            for (int id = 0; id < vocabulary.size(); id++) {
                String next = text + latin(vocabulary.bytes(id));
                boolean expected =
                        id == END
                                ? matches.contains(text)
                                : vocabulary.bytes(id).length > 0 && beginnings.contains(next);
                assertThat(mask.allows(id)).as("'%s' then '%s'", text, next).isEqualTo(expected);
                if (expected && id != END && seen.add(next)) {
                    List<Integer> longer = new ArrayList<>(ids);
                    longer.add(id);
                    open.add(longer);
                }
            }
        }
    }

    private static List<String> matches(String regex) {
        Pattern pattern = Pattern.compile(regex);
        List<String> texts = new ArrayList<>(List.of(""));
        List<String> matches = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            String text = texts.get(i);
            if (pattern.matcher(text).matches()) {
                matches.add(text);
            }
            if (text.length() < LENGTH) {
                ALPHABET.chars().forEach(c -> texts.add(text + (char) c));
            }
        }
        return matches;
    }

    private static String text(Vocabulary vocabulary, List<Integer> ids) {
        StringBuilder text = new StringBuilder();
        ids.forEach(id -> text.append(latin(vocabulary.bytes(id))));
        return text.toString();
    }

    private static String latin(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\\d{2}:\\d{2}( (am|pm))?",
                "[\\w.-]{1,20}@[a-z]{2,8}\\.(com|org)",
                "\"([^\"\\\\\\x00-\\x1f]|\\\\[\"\\\\nt]){0,12}\"",
                "(日本|[\\u4e00-\\u9fff]){1,5}",
                "[^\\x00-\\x7f]{3}",
                ".{0,9}\\n?",
                "\\S+\\s\\S+",
                "([a-f]|\\x{1F600}|\uD83D\uDE01)*z",
                "(yes|no|unde(cided|fined))"
            })
    void everyFinishedWalkIsAMatch(String regex) {
        Random random = new Random(regex.hashCode());
        Vocabulary vocabulary = Vocabularies.pieces(TEXT, 400, random);
        var constraint = TokenConstraint.compile(new ConstraintSpec.Regex(regex), vocabulary);
        Pattern pattern = Pattern.compile(regex);
        int finished = 0;
        for (int i = 0; i < 60; i++) {
            String text = Vocabularies.walk(constraint, vocabulary, 60, random);
            if (text != null) {
                assertThat(text).matches(pattern);
                finished++;
            }
        }
        assertThat(finished).isPositive();
    }

    @Test
    void takesTheLanguageOfRandomRegexes() {
        Random random = new Random(23);
        Vocabulary bytes = Vocabularies.pieces(TEXT, 1, random);
        for (int i = 0; i < 80; i++) {
            String regex = regex(random, 3);
            Pattern pattern = Pattern.compile(regex);
            var constraint = TokenConstraint.compile(new ConstraintSpec.Regex(regex), bytes);
            List<String> texts = new ArrayList<>(List.of(""));
            for (int t = 0; t < texts.size(); t++) {
                String text = texts.get(t);
                assertThat(GrammarConstraintPropertyTest.takes(constraint, text))
                        .as("%s of '%s'", regex, text)
                        .isEqualTo(pattern.matcher(text).matches());
                if (text.length() < 5) {
                    ALPHABET.chars().forEach(c -> texts.add(text + (char) c));
                }
            }
        }
    }

    private static String regex(Random random, int depth) {
        if (depth == 0) {
            return List.of("a", "é", "1", "-", ".", "[^a]", "[a-z1]", "\\w", "\\D", "aé", "")
                    .get(random.nextInt(11));
        }
        String inner = "(?:" + regex(random, depth - 1) + ")";
        return switch (random.nextInt(7)) {
            case 0 -> inner + "*";
            case 1 -> inner + "+?";
            case 2 -> inner + "?";
            case 3 -> inner + "{1,2}";
            case 4 -> "(" + regex(random, depth - 1) + "|" + regex(random, depth - 1) + ")";
            default -> regex(random, depth - 1) + regex(random, depth - 1);
        };
    }
}
