/** The administration of tenants through its public faces. */
@NullMarked
package assay.web.tenants;

import org.jspecify.annotations.NullMarked;
