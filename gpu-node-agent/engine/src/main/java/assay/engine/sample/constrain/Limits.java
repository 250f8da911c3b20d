package assay.engine.sample.constrain;

import assay.engine.EngineException;
import assay.engine.ErrorCode;

/** The bounds of compiling and running a constraint, in one place, and how their breach reads. */
final class Limits {
    /** Characters of a pattern, a grammar or a schema. */
    static final int TEXT_CHARS = 1 << 18;

    /** Of one counted repeat; llama.cpp draws the same line. */
    static final int REPEATS = 2_000;

    /** Groups, rules or schemas inside one another. */
    static final int NESTING = 100;

    /** Rules of a grammar, and properties of an object. */
    static final int RULES = 1_000;

    /** Schemas and constants that are looked at, as often as choices combine them with others. */
    static final int SCHEMAS = 50_000;

    /** Places of a network: what bounds the memory of a compiled constraint. */
    static final int PLACES = 200_000;

    /** Places that a rule may be copied to instead of called. */
    static final int INLINED_PLACES = 20_000;

    /** Pairs of place and stack in one state. */
    static final int CONFIGURATIONS = 5_000;

    /** Calls inside one another; an output can nest no deeper. */
    static final int DEPTH = 200;

    /** Bytes of kept states and of kept masks, of one constraint, before the cache starts anew. */
    static final long CACHE_BYTES = 64L << 20;

    /** Pairs looked at for one mask or token: about two seconds. */
    static final long WORK = 50_000_000;

    /** Of a token; longer ones are never allowed. */
    static final int TOKEN_BYTES = 1_024;

    private Limits() {}

    static EngineException invalid(String message) {
        return new EngineException(ErrorCode.REQUEST_INVALID, message);
    }

    static EngineException exceeded(String what, long value, long limit) {
        return invalid("%s: %d (expected: at most %d)".formatted(what, value, limit));
    }

    static String checkedText(String what, String text) {
        if (text.length() > TEXT_CHARS) {
            throw exceeded(what + " characters", text.length(), TEXT_CHARS);
        }
        return text;
    }
}
