package assay.agent.link;

/**
 * One try to link a stage with the next. Immutable.
 *
 * @param id tells it from all others between the two
 * @param lineage of the sequences that the head goes on with
 */
public record Attempt(long id, long lineage) {}
