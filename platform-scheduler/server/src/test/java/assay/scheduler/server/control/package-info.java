/** What the control loop writes and says, without any socket or database. */
@NullMarked
package assay.scheduler.server.control;

import org.jspecify.annotations.NullMarked;
