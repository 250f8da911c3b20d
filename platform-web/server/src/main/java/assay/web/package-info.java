/**
 * Gateway and console. Packages are capabilities; each shows a few records and one service, the
 * rest is package-private. Requests run on virtual threads. Start at {@link
 * assay.web.WebApplication}, then at {@link assay.web.serving.Generation} for the way of a generate
 * request.
 */
@NullMarked
package assay.web;

import org.jspecify.annotations.NullMarked;
