package assay.scheduler.server.jobs;

import assay.scheduler.core.queue.Settlement;
import org.jspecify.annotations.Nullable;

/**
 * The end of a try, as it is stored. Immutable.
 *
 * @param output JSON of an item that is done
 * @param code of what went wrong
 */
record ItemEnd(
        Settlement settlement,
        @Nullable String output,
        @Nullable String code,
        @Nullable String message,
        long tokens) {}
