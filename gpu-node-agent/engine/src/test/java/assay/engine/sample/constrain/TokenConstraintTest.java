package assay.engine.sample.constrain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.ReferenceModel;
import assay.engine.tokenizer.TokenVocabulary;
import assay.engine.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class TokenConstraintTest {
    private static final int REFERENCE_SIZE = 1_536;
    private static final int REFERENCE_END = 2;
    private static final String SCHEMA =
            "{\"type\":\"object\",\"properties\":{\"verdict\":{\"enum\":[\"proved\",\"refuted\"]},"
                    + "\"lines\":{\"type\":\"array\",\"items\":{\"type\":\"integer\"}},"
                    + "\"note\":{\"type\":\"string\"}},\"required\":[\"verdict\"]}";

    private static Vocabulary reference() {
        return Vocabulary.of(
                TokenVocabulary.open(ReferenceModel.folder()).bytes(REFERENCE_SIZE),
                Set.of(REFERENCE_END));
    }

    private static Vocabulary words(String... tokens) {
        List<byte[]> bytes = new ArrayList<>();
        for (String token : tokens) {
            bytes.add(token.getBytes(StandardCharsets.UTF_8));
        }
        return Vocabularies.of(bytes);
    }

    private static TokenConstraint regex(String pattern, Vocabulary vocabulary) {
        return TokenConstraint.compile(new ConstraintSpec.Regex(pattern), vocabulary);
    }

    @Test
    void theEndIsAllowedWhereTheOutputIsWholeAndAloneAfterIt() {
        ConstraintState state = regex("ab?", words("a", "b", "ab")).start();
        assertThat(state.mask()).extracting(TokenMask::count).isEqualTo(2);
        assertThat(state.mask().allows(Vocabularies.END)).isFalse();
        assertThat(state.complete()).isFalse();
        state.accept(2);
        assertThat(state.complete()).isTrue();
        assertThat(state.closed()).isFalse();
        assertThat(state.mask().allows(Vocabularies.END)).isTrue();
        assertThat(state.mask().allows(3)).isTrue();
        state.accept(3);
        assertThat(state.closed()).isTrue();
        assertThat(state.forced()).hasValue(Vocabularies.END);
        state.accept(Vocabularies.END);
        assertThat(state.mask().count()).isEqualTo(1);
        assertThat(state.mask().allows(Vocabularies.END)).isTrue();
        assertThatThrownBy(() -> state.accept(3)).isInstanceOf(EngineException.class);
    }

    @Test
    void whatTheMaskForbidsIsRefusedAndChangesNothing() {
        ConstraintState state = regex("ab", words("a", "b")).start();
        for (int id : new int[] {-1, 0, 1, 3, 99}) {
            assertThatThrownBy(() -> state.accept(id))
                    .isInstanceOfSatisfying(
                            EngineException.class,
                            e -> assertThat(e.code()).isEqualTo(ErrorCode.STEP_INVALID));
        }
        assertThat(state.forced()).hasValue(2);
        state.accept(2);
        assertThat(state.forced()).hasValue(3);
    }

    @Test
    void aVocabularyThatCannotGoOnIsAnErrorOfTheRequest() {
        ConstraintState state = regex("abc", words("a", "b")).after(2, 3);
        assertThatThrownBy(state::mask)
                .isInstanceOfSatisfying(
                        EngineException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.REQUEST_INVALID))
                .hasMessageContaining("after 2 generated tokens");
        assertThatThrownBy(() -> Vocabulary.of(new byte[3][0], Set.of()))
                .isInstanceOf(EngineException.class);
        assertThatThrownBy(() -> Vocabulary.of(new byte[3][0], Set.of(3)))
                .isInstanceOf(EngineException.class);
    }

    @Test
    void tokensOfEqualBytesAreAllowedAlikeAndOverlongOnesNever() {
        TokenConstraint constraint = regex("(ab)*", words("ab", "ab", "ab".repeat(600)));
        TokenMask mask = constraint.start().mask();
        assertThat(mask.allows(2)).isTrue();
        assertThat(mask.allows(3)).isTrue();
        assertThat(mask.allows(4)).isFalse();
    }

    @Test
    void theStateIsAFunctionOfTheIds() {
        Random random = new Random(9);
        Vocabulary vocabulary = reference();
        var schema = new ConstraintSpec.JsonSchema(SCHEMA);
        TokenConstraint one = TokenConstraint.compile(schema, vocabulary);
        TokenConstraint other = TokenConstraint.compile(schema, vocabulary);
        ConstraintState state = one.start();
        List<Integer> ids = new ArrayList<>();
        for (int i = 0; i < 60 && !state.closed(); i++) {
            ConstraintState rebuilt =
                    other.after(ids.stream().mapToInt(Integer::intValue).toArray());
            assertSame(rebuilt.mask(), state.mask());
            assertThat(rebuilt.complete()).isEqualTo(state.complete());
            int id = state.mask().next(random.nextInt(REFERENCE_SIZE));
            id = id < 0 ? state.mask().next(0) : id;
            state.accept(id);
            ids.add(id);
        }
        assertThat(ids).hasSizeGreaterThan(10);
    }

    private static void assertSame(TokenMask actual, TokenMask expected) {
        assertThat(actual.count()).isEqualTo(expected.count());
        for (int id = 0; id < expected.size(); id++) {
            assertThat(actual.allows(id)).isEqualTo(expected.allows(id));
        }
    }

    @Test
    void theReferenceModelsOwnTokensSpellAnAnswer() {
        Vocabulary vocabulary = reference();
        var constraint = TokenConstraint.compile(new ConstraintSpec.JsonSchema(SCHEMA), vocabulary);
        String answer = "{\"verdict\":\"proved\", \"lines\": [3, 17],\n  \"note\": \"日本 é \\\"\"}";
        try (Tokenizer tokenizer = Tokenizer.open(ReferenceModel.folder())) {
            ConstraintState state = constraint.start();
            for (int id : tokenizer.encode(answer)) {
                assertThat(state.complete()).isFalse();
                assertThat(state.mask().allows(id)).isTrue();
                state.accept(id);
            }
            assertThat(state.closed()).isTrue();
            assertThat(state.forced()).hasValue(REFERENCE_END);
        }
    }

    /** Every mask of a walk against trying each token alone. */
    @Test
    void masksEqualTryingEveryTokenOfTheReferenceModel() {
        Random random = new Random(4);
        Vocabulary vocabulary = reference();
        for (ConstraintSpec spec :
                List.of(
                        new ConstraintSpec.JsonSchema(SCHEMA),
                        new ConstraintSpec.JsonObject(),
                        new ConstraintSpec.Regex("(forall|exists) [a-z]+, .{3,40}"))) {
            TokenConstraint constraint = TokenConstraint.compile(spec, vocabulary);
            for (int walk = 0; walk < 2; walk++) {
                int[] ids = new int[0];
                for (int i = 0; i < 8; i++) {
                    TokenMask mask = constraint.after(ids).mask();
                    for (int id = 0; id < REFERENCE_SIZE; id++) {
                        assertThat(mask.allows(id)).isEqualTo(takes(constraint, ids, id));
                    }
                    ids = Arrays.copyOf(ids, i + 1);
                    int id = mask.next(random.nextInt(REFERENCE_SIZE));
                    ids[i] = id < 0 ? mask.next(0) : id;
                    if (ids[i] == REFERENCE_END) {
                        break;
                    }
                }
            }
        }
    }

    private static boolean takes(TokenConstraint constraint, int[] ids, int id) {
        try {
            constraint.after(ids).accept(id);
            return true;
        } catch (EngineException e) {
            return false;
        }
    }

    @Test
    void walksWithTheReferenceModelsVocabularyParse() {
        Random random = new Random(17);
        byte[][] bytes = TokenVocabulary.open(ReferenceModel.folder()).bytes(REFERENCE_SIZE);
        List<byte[]> plain = new ArrayList<>();
        for (byte[] token : bytes) {
            if (token.length > 0) {
                plain.add(token);
            }
        }
        Vocabulary vocabulary = Vocabularies.of(plain);
        var constraint = TokenConstraint.compile(new ConstraintSpec.JsonSchema(SCHEMA), vocabulary);
        int finished = 0;
        for (int i = 0; i < 100; i++) {
            String text = Vocabularies.walk(constraint, vocabulary, 80, random);
            if (text != null) {
                var value = new JsonMapper().readTree(text);
                assertThat(value.path("verdict").asString()).isIn("proved", "refuted");
                finished++;
            }
        }
        assertThat(finished).isGreaterThan(10);
    }

    @Test
    void manySequencesShareOneConstraint() throws Exception {
        Vocabulary vocabulary = reference();
        var constraints = new TokenConstraints(vocabulary, 4);
        var spec = new ConstraintSpec.JsonSchema(SCHEMA);
        List<Integer> alone = counts(TokenConstraint.compile(spec, vocabulary));
        try (var threads = Executors.newFixedThreadPool(4)) {
            List<Callable<List<Integer>>> tasks = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                tasks.add(() -> counts(constraints.of(spec)));
            }
            for (Future<List<Integer>> counts : threads.invokeAll(tasks)) {
                assertThat(counts.get()).isEqualTo(alone);
            }
        }
        assertThat(constraints.of(new ConstraintSpec.JsonSchema(SCHEMA)))
                .isSameAs(constraints.of(spec));
    }

    private static List<Integer> counts(TokenConstraint constraint) {
        Random random = new Random(2);
        List<Integer> counts = new ArrayList<>();
        for (int walk = 0; walk < 4; walk++) {
            ConstraintState state = constraint.start();
            for (int i = 0; i < 30 && !state.closed(); i++) {
                TokenMask mask = state.mask();
                counts.add(mask.count());
                int id = mask.next(random.nextInt(mask.size()));
                state.accept(id < 0 ? mask.next(0) : id);
            }
        }
        return counts;
    }

    @Test
    void theCacheForgetsTheLeastLatelyUsedAndKeepsNoFailure() {
        var constraints = new TokenConstraints(words("a", "b", "c"), 2);
        TokenConstraint a = constraints.of(new ConstraintSpec.Regex("a"));
        TokenConstraint b = constraints.of(new ConstraintSpec.Regex("b"));
        assertThat(constraints.of(new ConstraintSpec.Regex("a"))).isSameAs(a);
        constraints.of(new ConstraintSpec.Regex("c"));
        assertThat(constraints.of(new ConstraintSpec.Regex("a"))).isSameAs(a);
        assertThat(constraints.of(new ConstraintSpec.Regex("b"))).isNotSameAs(b);
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> constraints.of(new ConstraintSpec.Regex("(")))
                    .isInstanceOf(EngineException.class);
        }
    }

    @Test
    void whatNoTokenBeginsIsRefusedWhenItIsAskedFor() {
        var constraints = new TokenConstraints(words("a", "b"), 2);
        assertThatThrownBy(() -> constraints.of(new ConstraintSpec.Regex("cab")))
                .isInstanceOfSatisfying(
                        EngineException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.REQUEST_INVALID))
                .hasMessageContaining("after 0 generated tokens");
        assertThat(constraints.of(new ConstraintSpec.Regex("ab")).start().pending()).isNull();
    }

    /** More states than are kept: what is forgotten is computed again, and states in use go on. */
    @Test
    void aFullCacheStartsAnewAndGivesTheSameMasks() {
        Vocabulary vocabulary = words("a", "b", "ab", "ba");
        TokenConstraint constraint = regex("([ab]{1999}[ab]?){60}", vocabulary);
        ConstraintState state = constraint.start();
        for (int i = 0; i < 60_000; i++) {
            assertThat(state.mask().count()).isEqualTo(4);
            state.accept(2 + i % 2);
        }
        assertThat(constraint.states()).isBetween(1, 60_000);
    }

    @Test
    void aStateThatIsTooLargeEndsTheRequest() {
        TokenConstraint constraint = regex("(a?){2000}(a?b?){2000}(b?){2000}", words("a", "b"));
        assertThatThrownBy(() -> constraint.start().mask())
                .isInstanceOfSatisfying(
                        EngineException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.REQUEST_INVALID))
                .hasMessageContaining("at most 5000");
    }
}
