package assay.scheduler.core.cluster;

/**
 * What could be done instead of waiting. Immutable.
 *
 * @param kvTokens with which a replica would find room now, on the roomiest devices and all else as
 *     wished; 0 where not even the weights do
 * @param maxSequences with which it would, all else as wished; 0 where none do
 * @param stages of the split that {@code device} speaks of; 0 where memory was not the question
 * @param device bytes that each of so many equal devices would need to have free
 */
public record WouldFit(int kvTokens, int maxSequences, int stages, Bytes device) {
    public static final WouldFit NOTHING = new WouldFit(0, 0, 0, Bytes.ZERO);
}
