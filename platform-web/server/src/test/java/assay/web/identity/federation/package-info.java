/** Tests of sign-in by another service, against a real one. */
@NullMarked
package assay.web.identity.federation;

import org.jspecify.annotations.NullMarked;
