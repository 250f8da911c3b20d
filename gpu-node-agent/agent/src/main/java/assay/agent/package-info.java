/**
 * The node agent: one process for each machine, which holds stages of models, runs them, and runs
 * checkers.
 *
 * <p>Start at {@link assay.agent.Agent}, which wires the rooms: {@code config} and {@code identity}
 * first, then {@code session} (orders come in), {@code host} (orders become stages), {@code stages}
 * and {@code head} (stages run), {@code link} (stages talk). Threads: the control loop owns what is
 * assigned; one stage loop for each stage; virtual threads for everything that waits.
 */
@NullMarked
package assay.agent;

import org.jspecify.annotations.NullMarked;
