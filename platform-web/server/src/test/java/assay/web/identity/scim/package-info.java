/** Tests of SCIM: its small languages alone, and the whole over HTTP. */
@NullMarked
package assay.web.identity.scim;

import org.jspecify.annotations.NullMarked;
