/**
 * What the agent is started with: its options and its data folder, both checked before anything
 * else runs.
 *
 * <p>Runs on the main thread, once. Start at {@link assay.agent.config.AgentConfig}.
 */
@NullMarked
package assay.agent.config;

import org.jspecify.annotations.NullMarked;
