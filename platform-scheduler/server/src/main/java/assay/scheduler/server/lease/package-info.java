/**
 * Which of several schedulers acts: a lease in the database, whose epoch fences every write. Its
 * renewal has a thread of its own.
 */
@NullMarked
package assay.scheduler.server.lease;

import org.jspecify.annotations.NullMarked;
