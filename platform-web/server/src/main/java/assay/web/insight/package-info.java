/**
 * What runs and how fast, put into figures for people: {@link assay.web.insight.ClusterInsight}.
 */
@NullMarked
package assay.web.insight;

import org.jspecify.annotations.NullMarked;
