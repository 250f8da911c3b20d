/**
 * The world around an agent for its tests and benches: a CA that signs, a scheduler that gives
 * orders, a gateway's eyes.
 *
 * <p>All of it talks over real sockets with real certificates. Start at {@link
 * assay.agent.fake.FakeScheduler}.
 */
@NullMarked
package assay.agent.fake;

import org.jspecify.annotations.NullMarked;
