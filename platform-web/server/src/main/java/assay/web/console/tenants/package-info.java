/** Tenants, members, roles and API keys in the console. */
@NullMarked
package assay.web.console.tenants;

import org.jspecify.annotations.NullMarked;
