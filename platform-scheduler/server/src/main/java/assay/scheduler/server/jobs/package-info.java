/**
 * Batch jobs over the database and over gRPC.
 *
 * <p>{@link assay.scheduler.server.jobs.JobLoop} is one thread that owns the queue of {@code
 * core.queue}: it takes what calls and gateways said since the last round, decides, and stores all
 * of it in one transaction before anybody is told. {@link assay.scheduler.server.jobs.JobControl}
 * runs on it; the services run on the threads of their calls and read the database themselves. A
 * failed transaction costs nothing but time: the queue is built anew from what is stored.
 */
@NullMarked
package assay.scheduler.server.jobs;

import org.jspecify.annotations.NullMarked;
