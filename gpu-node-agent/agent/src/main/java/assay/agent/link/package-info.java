/**
 * The links between the stages of a replica: activations down, sampled ids from the last stage to
 * the head.
 *
 * <p>A stage's loop sends; gRPC's threads receive and hand over to loops. A link breaks once and is
 * never mended: the head opens a new one, and each stage behind it does the same when a link
 * reaches it, so that an accepted link means that everything behind it is ready. Start at {@link
 * assay.agent.link.StageLinkService} and {@link assay.agent.link.OutLink}.
 */
@NullMarked
package assay.agent.link;

import org.jspecify.annotations.NullMarked;
