/**
 * Tenants, and the only way to their rows: {@link assay.web.tenancy.TenantTransactions}. That the
 * database may be gone is known here: {@link assay.web.tenancy.DatabaseWatch}.
 */
@NullMarked
package assay.web.tenancy;

import org.jspecify.annotations.NullMarked;
