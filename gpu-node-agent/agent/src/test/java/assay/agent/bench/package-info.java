/** Measurements of whole agents. Start at {@link assay.agent.bench.PipelineBench}. */
@NullMarked
package assay.agent.bench;

import org.jspecify.annotations.NullMarked;
