/**
 * The audit trail on the screen: searched, looked at, exported, checked. Start at {@link
 * assay.web.console.audit.AuditView}. Runs in Vaadin's session lock.
 */
@NullMarked
package assay.web.console.audit;

import org.jspecify.annotations.NullMarked;
