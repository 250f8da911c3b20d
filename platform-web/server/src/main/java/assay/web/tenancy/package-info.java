/** Tenants, and the only way to their rows: {@link assay.web.tenancy.TenantTransactions}. */
@NullMarked
package assay.web.tenancy;

import org.jspecify.annotations.NullMarked;
