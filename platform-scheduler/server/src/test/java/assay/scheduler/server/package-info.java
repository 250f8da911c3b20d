/**
 * The scheduler over real sockets and a real PostgreSQL. {@link
 * assay.scheduler.server.RunningScheduler} starts it in this process, {@link
 * assay.scheduler.server.FakeAgent} behaves as an agent does, without a model.
 */
@NullMarked
package assay.scheduler.server;

import org.jspecify.annotations.NullMarked;
