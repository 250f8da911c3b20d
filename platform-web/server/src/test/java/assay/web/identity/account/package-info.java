/** Tests of accounts and sessions. */
@NullMarked
package assay.web.identity.account;

import org.jspecify.annotations.NullMarked;
