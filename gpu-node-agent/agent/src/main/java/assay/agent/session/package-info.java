/**
 * The node's side of its session with the scheduler: hello, heartbeats, commands in, reports out,
 * again and again.
 *
 * <p>Runs on the control loop, one thread for the whole agent. Serving does not depend on it: while
 * the scheduler is away, stages go on. Start at {@link assay.agent.session.SchedulerSession}.
 */
@NullMarked
package assay.agent.session;

import org.jspecify.annotations.NullMarked;
