package assay.engine.sample.constrain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Grammars against recognisers that are written by hand. */
class GrammarConstraintPropertyTest {
    private static final String ARITHMETIC =
            """
            # expressions
            root ::= term ([-+*] term)*
            term ::= number | "(" root ")" # a group
              # and on
            number ::= [1-9] [0-9]{0,2} |
               "0"
            """;

    private static final String PALINDROMES =
            "root ::= \"a\" root \"a\" | \"é\" root \"é\" | \"a\" | \"\"";

    private static final String BALANCED = "root ::= (\"(\" root \")\" | \"[\" root \"]\")*";

    private static final String NESTED_CALLS =
            """
            root ::= list
            list ::= "[" (item ("," item)*)? "]"
            item ::= "x"{1,2} | list
            """;

    @Test
    void masksAreExactForPalindromes() {
        exact(
                PALINDROMES,
                "aé",
                12,
                4,
                text -> {
                    String reverse = new StringBuilder(text).reverse().toString();
                    boolean middle =
                            text.length() % 2 == 0 || text.charAt(text.length() / 2) == 'a';
                    return reverse.equals(text) && middle;
                });
    }

    @Test
    void masksAreExactForBrackets() {
        exact(BALANCED, "()[]", 8, 2, GrammarConstraintPropertyTest::balanced);
    }

    @Test
    void masksAreExactForNestedLists() {
        exact(NESTED_CALLS, "[]x,", 8, 2, text -> text.matches("\\[.*") && new Lists(text).whole());
    }

    private static boolean balanced(String text) {
        String before = "";
        String left = text;
        while (!left.equals(before)) {
            before = left;
            left = left.replace("()", "").replace("[]", "");
        }
        return left.isEmpty();
    }

    /** By hand: a list of x, xx and lists. */
    private static final class Lists {
        private final String text;
        private int at;

        Lists(String text) {
            this.text = text;
        }

        boolean whole() {
            return list() && at == text.length();
        }

        private boolean take(char c) {
            boolean here = at < text.length() && text.charAt(at) == c;
            at += here ? 1 : 0;
            return here;
        }

        private boolean list() {
            if (!take('[')) {
                return false;
            }
            if (take(']')) {
                return true;
            }
            do {
                if (take('x')) {
                    take('x');
                } else if (!list()) {
                    return false;
                }
            } while (take(','));
            return take(']');
        }
    }

    /** Every text up to a length is asked for; beginnings of up to another one are walked. */
    private static void exact(
            String grammar, String characters, int length, int walked, Predicate<String> in) {
        Vocabulary vocabulary = Vocabularies.small(characters, 2);
        var constraint = TokenConstraint.compile(new ConstraintSpec.Grammar(grammar), vocabulary);
        Set<String> whole = new HashSet<>();
        Set<String> beginnings = new HashSet<>();
        List<String> texts = new ArrayList<>(List.of(""));
        for (int i = 0; i < texts.size(); i++) {
            String text = texts.get(i);
            if (in.test(text)) {
                String bytes = latin(text.getBytes(StandardCharsets.UTF_8));
                whole.add(bytes);
                for (int end = 0; end <= bytes.length(); end++) {
                    beginnings.add(bytes.substring(0, end));
                }
            }
            if (text.length() < length) {
                characters.chars().forEach(c -> texts.add(text + (char) c));
            }
        }
        Set<String> seen = new HashSet<>();
        check(constraint.start(), "", walked, vocabulary, whole, beginnings, seen, constraint);
        assertThat(seen.size()).isGreaterThan(walked);
    }

    private static void check(
            ConstraintState state,
            String text,
            int walked,
            Vocabulary vocabulary,
            Set<String> whole,
            Set<String> beginnings,
            Set<String> seen,
            TokenConstraint constraint) {
        assertThat(state.complete()).as(text).isEqualTo(whole.contains(text));
        if (text.length() > walked || !seen.add(text)) {
            return;
        }
        TokenMask mask = state.mask();
        for (int id = 2; id < vocabulary.size(); id++) {
            String next = text + latin(vocabulary.bytes(id));
            assertThat(mask.allows(id))
                    .as("'%s' then '%s'", text, next)
                    .isEqualTo(beginnings.contains(next));
            if (mask.allows(id)) {
                ConstraintState longer = replay(constraint, vocabulary, next);
                check(longer, next, walked, vocabulary, whole, beginnings, seen, constraint);
            }
        }
        assertThat(mask.allows(Vocabularies.END)).as(text).isEqualTo(whole.contains(text));
        assertThat(mask.allows(1)).isFalse();
    }

    /** The same text by other tokens: the shortest ones. */
    private static ConstraintState replay(
            TokenConstraint constraint, Vocabulary vocabulary, String text) {
        ConstraintState state = constraint.start();
        int at = 0;
        while (at < text.length()) {
            int chosen = -1;
            for (int id = 2; id < vocabulary.size(); id++) {
                String token = latin(vocabulary.bytes(id));
                if (text.startsWith(token, at)
                        && (chosen < 0 || token.length() < vocabulary.bytes(chosen).length)) {
                    chosen = id;
                }
            }
            state.accept(chosen);
            at += vocabulary.bytes(chosen).length;
        }
        return state;
    }

    private static String latin(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** Whether the whole text is taken, by a vocabulary that holds byte b at id b + 2. */
    static boolean takes(TokenConstraint constraint, String text) {
        ConstraintState state = constraint.start();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            int id = (b & 0xFF) + 2;
            if (!state.mask().allows(id)) {
                return false;
            }
            state.accept(id);
        }
        return state.complete();
    }

    @Test
    void everyFinishedWalkOfArithmeticEvaluates() {
        Random random = new Random(3);
        Vocabulary vocabulary = Vocabularies.pieces("((12+3)*405-0)*(7)", 100, random);
        var constraint =
                TokenConstraint.compile(new ConstraintSpec.Grammar(ARITHMETIC), vocabulary);
        int finished = 0;
        for (int i = 0; i < 200; i++) {
            String text = Vocabularies.walk(constraint, vocabulary, 40, random);
            if (text != null) {
                String left = text.replaceAll("[1-9][0-9]{0,2}|0", "n");
                String before = "";
                while (!left.equals(before)) {
                    before = left;
                    left = left.replace("(n)", "n").replaceAll("n[-+*]n", "n");
                }
                assertThat(left).as(text).isEqualTo("n");
                assertThat(text).doesNotContainPattern("[0-9]{4}|(^|[^0-9])0[0-9]");
                finished++;
            }
        }
        assertThat(finished).isGreaterThan(50);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "root ::= root \"a\" | \"b\" ~ rule 'root': left recursion",
                "root ::= a \"x\" | \"y\"\na ::= \"\" | b\nb ::= root ~ left recursion",
                "root ::= x? root \"a\"\nx ::= \"x\" ~ rule 'root': left recursion",
                "root ::= \"a\" root ~ rule 'root': no finite text",
                "root ::= [^\\x00-\\U0010ffff] ~ no finite text",
                "a ::= \"b\" ~ rule 'root': not defined",
                "root ::= missing ~ rule 'missing': not defined",
                "root ::= \"a\"{1,2001} ~ at most 2000",
                "root ::= \"a\"{3,2} ~ {3,2}",
                "root ::= <think> ~ token by id or text",
                "root ::= * ~ repeat of nothing",
                "root ::= (\"a\" ~ ')'",
                "root ::= \"a ~ end of text",
                "root ::= [b-a] ~ range of a class",
                "root = \"a\" ~ '::='",
                "root ::= \"a\" ) ~ the end of rule 'root'",
                "root ::= \"a\"\nroot ::= \"b\" ~ again",
                "root ::= \"\\q\" ~ escape of 'q'",
                "root ::= ((([a-z]{1000}){10}){10}){10} ~ constraint places"
            })
    void refusesByNameAndPlace(String grammarAndMessage) {
        String[] parts = grammarAndMessage.split(" ~ ", 2);
        refused(new ConstraintSpec.Grammar(parts[0]), parts[1]);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(a)\\1 ~ character 5: back-reference",
                "\\k<x> ~ back-reference",
                "a(?=b) ~ look-ahead",
                "(?<!b)a ~ look-behind",
                "\\bword ~ word boundary",
                "(?>a) ~ atomic group",
                "a*+ ~ possessive",
                "(?i)a ~ inline flag",
                "\\p{L} ~ Unicode property class",
                "a{3,1} ~ {3,1}",
                "a{9999} ~ at most 2000",
                "(a ~ end of text",
                "a) ~ character 1",
                "[a ~ end of text",
                "[z-a] ~ range of a class",
                "[a[b]] ~ class in a class",
                "*a ~ quantifier of nothing",
                "a** ~ quantifier of a quantifier",
                "a^b ~ '^' inside",
                "(a$)b ~ '$' in a group",
                "\\ud83d ~ no surrogate",
                "((((a{2000}){2000}){2000}){2000}) ~ constraint places"
            })
    void refusesWhatIsNotRegular(String regexAndMessage) {
        String[] parts = regexAndMessage.split(" ~ ", 2);
        refused(new ConstraintSpec.Regex(parts[0]), parts[1]);
    }

    private static void refused(ConstraintSpec spec, String message) {
        Vocabulary vocabulary = Vocabularies.small("a", 1);
        assertThatThrownBy(() -> TokenConstraint.compile(spec, vocabulary))
                .isInstanceOfSatisfying(
                        EngineException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.REQUEST_INVALID))
                .hasMessageContaining(message);
    }
}
