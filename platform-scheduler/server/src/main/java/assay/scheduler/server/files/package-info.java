/** Model files by content, for agents. Each call runs on its own virtual thread. */
@NullMarked
package assay.scheduler.server.files;

import org.jspecify.annotations.NullMarked;
