/**
 * The launcher behind {@code ./assay up}: it starts the real programs as processes of one machine
 * and keeps them running.
 *
 * <p>Start reading at {@link assay.standalone.Installation}, which holds the order of the steps.
 * One thread, {@code main}, owns all state; deaths of processes, due restarts and the wish to stop
 * reach it as {@link assay.standalone.Event}s in a queue. Processes are started by a thread that
 * lives as long as the launcher, because Linux ties a parent's-death signal to the thread that
 * started the child.
 */
@NullMarked
package assay.standalone;

import org.jspecify.annotations.NullMarked;
