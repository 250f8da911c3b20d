/**
 * SCIM 2.0 (RFC 7643, 7644): a tenant's directory makes, changes and closes accounts here, and its
 * groups give roles. Requests run on the servlet's threads. Start at {@code ScimController}; {@link
 * assay.web.identity.scim.ScimSettings} is what the console sets.
 */
@NullMarked
package assay.web.identity.scim;

import org.jspecify.annotations.NullMarked;
