/**
 * The links between the stages of a replica: activations down, answers from the last stage to the
 * head, and what to answer from the head to the last stage.
 *
 * <p>Activations travel over several lanes, each a connection of its own; {@link
 * assay.agent.link.OutLanes} cuts and spreads them, {@link assay.agent.link.InLanes} puts them
 * together and in order. Answers and demands have a connection on which nothing large travels.
 *
 * <p>A stage's loop sends; gRPC's threads receive and hand over to loops. A link breaks once and is
 * never mended: the head opens a new one, and each stage behind it does the same when a link
 * reaches it, so that an accepted link means that everything behind it is ready. Start at {@link
 * assay.agent.link.StageLinkService} and {@link assay.agent.link.OutLink}.
 */
@NullMarked
package assay.agent.link;

import org.jspecify.annotations.NullMarked;
