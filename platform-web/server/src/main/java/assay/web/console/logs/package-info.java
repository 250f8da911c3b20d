/**
 * The processes' log lines on the screen. Start at {@link assay.web.console.logs.LogsView}. Runs in
 * Vaadin's session lock.
 */
@NullMarked
package assay.web.console.logs;

import org.jspecify.annotations.NullMarked;
