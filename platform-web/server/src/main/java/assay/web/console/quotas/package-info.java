/**
 * Limits and usage: what is set, what is used of it, and what was used day by day. Begin with
 * {@link assay.web.console.quotas.QuotasView}. Runs in the UI's thread.
 */
@NullMarked
package assay.web.console.quotas;

import org.jspecify.annotations.NullMarked;
