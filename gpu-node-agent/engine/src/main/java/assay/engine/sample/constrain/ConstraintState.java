package assay.engine.sample.constrain;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * How far one sequence has come under its constraint. Confined to the thread of its sequence; to
 * rebuild it elsewhere, accept the generated ids again ({@link TokenConstraint#after}).
 */
public final class ConstraintState {
    private final Automaton automaton;
    private final Vocabulary vocabulary;
    private Automaton.State state;
    private boolean ended;
    private int accepted;

    ConstraintState(Automaton automaton, Vocabulary vocabulary) {
        this.automaton = automaton;
        this.vocabulary = vocabulary;
        this.state = automaton.start();
    }

    /**
     * The ids that may come next; never empty. End ids are in it where the output is whole, and
     * alone once it has ended.
     *
     * @throws EngineException REQUEST_INVALID when no token of the vocabulary goes on from here, or
     *     the constraint costs too much
     */
    public TokenMask mask() {
        if (ended) {
            return ends();
        }
        TokenMask mask = automaton.mask(state, vocabulary);
        if (mask.count() == 0) {
            throw Limits.invalid(
                    "constraint: no token of the vocabulary goes on after %d generated tokens"
                            .formatted(accepted));
        }
        return mask;
    }

    private TokenMask ends() {
        return TokenMask.of(
                vocabulary.size(),
                vocabulary.endIds().stream().mapToInt(Integer::intValue).toArray());
    }

    /**
     * The work that {@link #mask} has still to do, for another thread; null when there is none. It
     * keeps what it finds out where {@code mask} looks for it, and leaves errors to {@code mask}.
     */
    @Nullable Runnable pending() {
        if (ended || state.hasMask()) {
            return null;
        }
        Automaton.State now = state;
        return () -> {
            try {
                automaton.mask(now, vocabulary);
            } catch (EngineException _) {
                // The sequence asks again, on its own thread, and gets the same error.
            }
        };
    }

    /**
     * Goes on by one token.
     *
     * @throws EngineException STEP_INVALID when the mask does not allow it; the state stays
     */
    public void accept(int id) {
        boolean end = vocabulary.ends(id);
        byte[] bytes = vocabulary.bytes(id);
        Automaton.State next = end || bytes.length == 0 ? state : automaton.advance(state, bytes);
        boolean allowed =
                end ? ended || state.accepting() : !ended && bytes.length > 0 && !next.dead();
        if (!allowed) {
            throw new EngineException(
                    ErrorCode.STEP_INVALID,
                    "token %d after %d generated (expected: one that the constraint allows)"
                            .formatted(id, accepted));
        }
        state = next;
        ended = end;
        accepted++;
    }

    /** The output so far is whole: it may end here. */
    public boolean complete() {
        return state.accepting();
    }

    /** The output is whole and nothing but an end may follow: no model call is needed. */
    public boolean closed() {
        return ended || (state.accepting() && state.closed());
    }

    /**
     * The only id that may come next, if there is only one: it needs no draw, and no model call but
     * for its KV.
     *
     * @throws EngineException as {@link #mask}
     */
    public OptionalInt forced() {
        TokenMask mask = mask();
        return mask.count() == 1 ? OptionalInt.of(mask.next(0)) : OptionalInt.empty();
    }
}
