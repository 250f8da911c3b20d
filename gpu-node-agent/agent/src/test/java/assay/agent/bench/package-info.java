/**
 * Measurements of whole agents. Start at {@link assay.agent.bench.PipelineBench} and {@link
 * assay.agent.bench.ReplayBench}.
 */
@NullMarked
package assay.agent.bench;

import org.jspecify.annotations.NullMarked;
