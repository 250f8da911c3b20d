/**
 * What runs where, live: nodes, replicas with their stages, rates. Start at {@link
 * assay.web.console.overview.OverviewView}.
 */
@NullMarked
package assay.web.console.overview;

import org.jspecify.annotations.NullMarked;
