/**
 * The scheduler's decisions, without a socket, a database, a thread or a clock of their own.
 *
 * <p>Start at {@code cluster} for the words, then {@code placement} (where does a replica go) and
 * {@code reconcile} (what must be done next). The same code runs in the server and, under a virtual
 * clock, in the simulator.
 */
@NullMarked
package assay.scheduler.core;

import org.jspecify.annotations.NullMarked;
