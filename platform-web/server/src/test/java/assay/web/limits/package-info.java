/** Tests of the bounds. */
@NullMarked
package assay.web.limits;

import org.jspecify.annotations.NullMarked;
