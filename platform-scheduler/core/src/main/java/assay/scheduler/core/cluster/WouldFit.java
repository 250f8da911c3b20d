package assay.scheduler.core.cluster;

/**
 * What could be done instead of waiting. Immutable.
 *
 * @param kvTokens the most tokens with which a replica would find room now, all else as wished; 0
 *     where not even the weights do
 * @param maxSequences the most sequences with which it would, all else as wished; 0 where none do
 * @param device the least free memory with which one more device of the best kind there is would do
 *     for the largest stage; zero where memory was not the question
 */
public record WouldFit(int kvTokens, int maxSequences, Bytes device) {
    public static final WouldFit NOTHING = new WouldFit(0, 0, Bytes.ZERO);
}
