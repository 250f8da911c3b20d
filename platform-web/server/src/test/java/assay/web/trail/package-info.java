/** The audit trail through its public faces. */
@NullMarked
package assay.web.trail;

import org.jspecify.annotations.NullMarked;
