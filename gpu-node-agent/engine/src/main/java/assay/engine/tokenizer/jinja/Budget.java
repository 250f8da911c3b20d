package assay.engine.tokenizer.jinja;

import assay.engine.EngineException;
import assay.engine.ErrorCode;

/**
 * What one rendering may cost, in steps and in characters made. Honest templates go over their
 * messages a few times and copy each a few times. Confined to one thread.
 */
final class Budget {
    private static final long STEPS_MAX = 2_000_000;
    private static final long CHARACTERS_FLOOR = 1 << 20;
    private static final int COPIES_MAX = 32;
    private static final int DEPTH_MAX = 64;

    private long steps;
    private long made;
    private long most;
    private int depth;

    /** A budget for a template of that many characters, before the chat is known. */
    Budget(long templateCharacters) {
        this.most = CHARACTERS_FLOOR + COPIES_MAX * templateCharacters;
    }

    /** So many characters, or values, came in with the chat. */
    void input(long count) {
        most += COPIES_MAX * count;
    }

    void step() {
        if (++steps > STEPS_MAX) {
            throw exceeded("takes over %d steps".formatted(STEPS_MAX));
        }
    }

    /** Counts work and memory of a text or list of that length. */
    void make(long length) {
        made += length;
        if (length < 0 || made > most) {
            throw exceeded("makes over %d characters".formatted(most));
        }
    }

    String made(String text) {
        make(text.length());
        return text;
    }

    void enter() {
        if (++depth > DEPTH_MAX) {
            throw exceeded("calls itself over %d deep".formatted(DEPTH_MAX));
        }
    }

    void leave() {
        depth--;
    }

    private static EngineException exceeded(String what) {
        return new EngineException(
                ErrorCode.MODEL_INVALID, "chat template: %s (expected: less)".formatted(what));
    }
}
