/** Tests of the lists of what is administered. */
@NullMarked
package assay.web.console.tenants;

import org.jspecify.annotations.NullMarked;
