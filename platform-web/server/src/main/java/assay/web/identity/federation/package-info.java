/**
 * Sign-in by another service's word, over OpenID Connect: which providers a tenant trusts, who of
 * their people gets in and with which role. The protocol itself is Spring Security's. Everything
 * runs on the request's thread. Start at {@link assay.web.identity.federation.IdentityProviders}
 * for what administrators set, at {@code OidcSignInFilter} for a sign-in.
 */
@NullMarked
package assay.web.identity.federation;

import org.jspecify.annotations.NullMarked;
