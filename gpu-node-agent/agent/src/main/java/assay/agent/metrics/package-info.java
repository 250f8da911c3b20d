/**
 * Figures of this agent as Prometheus text.
 *
 * <p>Meters are thread-safe and are fed from the stage loops; gauges read values when they are
 * scraped, on the endpoint's own thread. Start at {@link assay.agent.metrics.AgentMetrics}.
 */
@NullMarked
package assay.agent.metrics;

import org.jspecify.annotations.NullMarked;
