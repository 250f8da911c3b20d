/**
 * Verification: candidates from the model, each put to a real checker, a verdict and a report.
 * Start at {@link assay.web.verify.Verifications}.
 */
@NullMarked
package assay.web.verify;

import org.jspecify.annotations.NullMarked;
