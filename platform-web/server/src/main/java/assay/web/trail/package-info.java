/**
 * The audit trail as people use it: searched, exported, its searches kept, its chain checked. How
 * records come to be is {@code assay.web.audit}'s; how they are found, {@code
 * assay.audit.search}'s. Start at {@link assay.web.trail.AuditTrail}. One thread of this room works
 * exports off; all else runs on the threads of those who ask.
 */
@NullMarked
package assay.web.trail;

import org.jspecify.annotations.NullMarked;
