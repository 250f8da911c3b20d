package assay.scheduler.core.queue;

/**
 * What one try of an item took. Immutable.
 *
 * @param seconds for which it held its slot
 * @param tokens of prompts and answers
 */
public record ItemUse(double seconds, long tokens) {
    public static final ItemUse NONE = new ItemUse(0, 0);

    public ItemUse {
        if (!(seconds >= 0 && seconds < 1e9) || tokens < 0) {
            throw new IllegalArgumentException(
                    "seconds %s, tokens %d (expected: 0 or more)".formatted(seconds, tokens));
        }
    }
}
