/** Tests of who may do what. */
@NullMarked
package assay.web.identity;

import org.jspecify.annotations.NullMarked;
