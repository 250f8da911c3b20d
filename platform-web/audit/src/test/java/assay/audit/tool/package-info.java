/** Tests of the command line. */
@NullMarked
package assay.audit.tool;

import org.jspecify.annotations.NullMarked;
