/** Tests of the agent's log for machines. */
@NullMarked
package assay.agent.log;

import org.jspecify.annotations.NullMarked;
