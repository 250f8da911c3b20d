/**
 * The console against a cluster and verifications that are played: {@link
 * assay.web.console.ConsolePreview} shows it in a browser, the tests look at it without one.
 */
@NullMarked
package assay.web.console;

import org.jspecify.annotations.NullMarked;
