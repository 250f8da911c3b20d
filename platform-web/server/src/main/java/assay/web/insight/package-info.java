/**
 * What runs and how fast, put into figures for people: {@link assay.web.insight.ClusterInsight}.
 * Pictures come on the thread of the scheduler's stream, a lost connection is noticed by a thread
 * of its own; both only hand on.
 */
@NullMarked
package assay.web.insight;

import org.jspecify.annotations.NullMarked;
