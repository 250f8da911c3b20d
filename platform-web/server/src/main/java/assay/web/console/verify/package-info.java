/**
 * A conjecture in, the steps as they come, the verdict. Start at {@link
 * assay.web.console.verify.VerifyView}.
 */
@NullMarked
package assay.web.console.verify;

import org.jspecify.annotations.NullMarked;
