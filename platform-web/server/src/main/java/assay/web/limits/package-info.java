/** Bounds on what one caller may ask for in a time. */
@NullMarked
package assay.web.limits;

import org.jspecify.annotations.NullMarked;
