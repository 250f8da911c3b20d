/**
 * The HTTP edge: listeners, request ids, problem+json, whether a client is still there. Runs on the
 * request's virtual thread. Start at {@link assay.web.http.Problems}.
 */
@NullMarked
package assay.web.http;

import org.jspecify.annotations.NullMarked;
