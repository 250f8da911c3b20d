/**
 * From a prompt to tokens: the table of replicas, the call to the head agent, the public REST and
 * gRPC faces. Start at {@link assay.web.serving.Generation}.
 */
@NullMarked
package assay.web.serving;

import org.jspecify.annotations.NullMarked;
