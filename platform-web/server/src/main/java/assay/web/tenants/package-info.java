/**
 * Tenants, their members, roles and API keys, as people and programs administer them. Each act asks
 * for its right, leaves one audit record in the same transaction, and tells all gateways of the
 * change. How a credential is checked, and what isolates tenants from each other, is elsewhere:
 * {@link assay.web.identity}, {@link assay.web.tenancy}.
 */
@NullMarked
package assay.web.tenants;

import org.jspecify.annotations.NullMarked;
