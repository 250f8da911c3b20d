package assay.engine.sample.constrain;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.engine.EngineException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class MasksAheadTest {
    private static final String TEXT = "{\"name\": \"abc\", \"list\": [1, 22, -3.5]}";
    private static final Vocabulary VOCABULARY = Vocabularies.pieces(TEXT, 400, new Random(1));

    private static TokenConstraint compile(ConstraintSpec spec) {
        return TokenConstraint.compile(spec, VOCABULARY);
    }

    private static List<Thread> threads() {
        List<Thread> named = new ArrayList<>(Thread.getAllStackTraces().keySet());
        named.removeIf(thread -> !thread.getName().equals("masks-ahead"));
        return named;
    }

    @Test
    @Timeout(value = 180, unit = SECONDS)
    void aPreparedMaskIsTheOneThatWouldHaveBeenMade() {
        var spec = new ConstraintSpec.JsonObject();
        ConstraintState ahead = compile(spec).start();
        ConstraintState plain = compile(spec).start();
        Random random = new Random(7);
        try (MasksAhead masks = new MasksAhead()) {
            for (int i = 0; i < 60 && !plain.closed(); i++) {
                masks.prepare(ahead);
                while (ahead.pending() != null) {
                    Thread.onSpinWait();
                }
                TokenMask mask = plain.mask();
                for (int id = 0; id < mask.size(); id++) {
                    assertThat(ahead.mask().allows(id)).isEqualTo(mask.allows(id));
                }
                int from = mask.next(random.nextInt(mask.size()));
                int id = from < 0 ? mask.next(0) : from;
                plain.accept(id);
                ahead.accept(id);
            }
        }
    }

    @Test
    void whatIsKnownIsNotMadeAgain() {
        TokenConstraint constraint = compile(new ConstraintSpec.Regex("[a-c]{9}"));
        ConstraintState state = constraint.start();
        assertThat(state.pending()).isNotNull();
        state.mask();
        assertThat(state.pending()).isNull();
        state.accept(Vocabularies.END + 2 + 'a');
        assertThat(state.pending()).isNotNull();
        constraint.after(Vocabularies.END + 2 + 'b').mask(); // another sequence in the same state
        assertThat(state.pending()).isNull();
    }

    /** Two thousand readings at once: above the bound for a state. */
    @Test
    void anErrorIsTheSequencesAloneAndTheThreadGoesOn() throws InterruptedException {
        ConstraintState costly =
                compile(new ConstraintSpec.Regex("a(a?){2000}(a?b?){2000}(b?){2000}")).start();
        Runnable pending = costly.pending();
        assertThat(pending).isNotNull();
        Thread other = Thread.ofPlatform().start(pending);
        other.join();
        assertThatThrownBy(costly::mask)
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("at most 5000");
    }

    @Test
    @Timeout(value = 180, unit = SECONDS)
    void closingEndsTheThread() {
        List<Thread> before = threads();
        MasksAhead masks = new MasksAhead();
        for (int i = 0; i < 50; i++) {
            masks.prepare(
                    compile(new ConstraintSpec.Regex("[a-z]{1,%d}".formatted(i + 1))).start());
        }
        assertThat(threads()).hasSizeGreaterThan(before.size());
        masks.close();
        masks.prepare(compile(new ConstraintSpec.JsonObject()).start());
        while (threads().size() > before.size()) {
            Thread.onSpinWait(); // its work is over, its last instructions may not be
        }
    }
}
