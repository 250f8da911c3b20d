/**
 * The log lines of all processes: followed in their files, sent to Elasticsearch, searched there by
 * operators. Unlike audit records they may be lost, and what was lost is counted.
 *
 * <p>Start at {@link assay.web.logs.Logs} for searches, at {@code LogShipper} for the way there,
 * which one thread of this room goes. Searches run on the threads of those who ask.
 */
@NullMarked
package assay.web.logs;

import org.jspecify.annotations.NullMarked;
