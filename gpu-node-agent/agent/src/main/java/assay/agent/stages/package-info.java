/**
 * The stages this node holds: loading them, running them, and the links between the stages of a
 * replica.
 *
 * <p>Three kinds of threads meet here. The control loop owns what is assigned and its lifecycle
 * ({@link assay.agent.stages.StageHost}). Loader threads fetch and load. Each loaded stage has one
 * platform thread, its stage loop, which decides and computes and nothing else; gRPC's threads only
 * put into its inbox and take what it sends.
 */
@NullMarked
package assay.agent.stages;

import org.jspecify.annotations.NullMarked;
