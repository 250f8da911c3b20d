/**
 * The command line over the audit's proof: {@code ./assay audit}. Runs in a process of its own;
 * {@link assay.audit.tool.AuditMain} is where to start.
 */
@NullMarked
package assay.audit.tool;

import org.jspecify.annotations.NullMarked;
