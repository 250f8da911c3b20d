/**
 * What becomes of records after they are written: chained, signed by the day, shipped, compared and
 * let go, in threads of this process. The work itself is in the module of audit records; here it is
 * put together from the settings.
 */
@NullMarked
package assay.web.audit.pipeline;

import org.jspecify.annotations.NullMarked;
