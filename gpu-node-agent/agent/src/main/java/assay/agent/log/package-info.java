/**
 * The agent's log for machines: one JSON object a line in the Elastic Common Schema, in a file that
 * is rolled by size. Standard error stays for people. Start at {@link assay.agent.log.LogFile};
 * lines are written on the threads that log.
 */
@NullMarked
package assay.agent.log;

import org.jspecify.annotations.NullMarked;
