/**
 * Nodes and devices: the list, and one node with its last ten minutes, what is on it and what
 * became of it. Runs in Vaadin's session lock. Start at {@link assay.web.console.nodes.NodesView}.
 */
@NullMarked
package assay.web.console.nodes;

import org.jspecify.annotations.NullMarked;
