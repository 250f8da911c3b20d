/** Records that wait on disk; what is in the database is tested through the gateway's own faces. */
@NullMarked
package assay.web.audit;

import org.jspecify.annotations.NullMarked;
