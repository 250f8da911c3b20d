package assay.engine.kernel;

/**
 * Where each token of a micro-batch stands: token {@code t} is at {@code positions[t]} of a
 * sequence whose position {@code p} lies in block {@code blocks[t][p / BLOCK_TOKENS]}. Tokens of
 * one sequence share one table. Arrays are not copied: they belong to the step.
 *
 * @param positions one for each token
 * @param blocks one table for each token, long enough for its position
 */
@SuppressWarnings("ArrayRecordComponent") // lives for one step, is never compared
public record TokenPlaces(int[] positions, int[][] blocks) {
    public int tokens() {
        return positions.length;
    }
}
