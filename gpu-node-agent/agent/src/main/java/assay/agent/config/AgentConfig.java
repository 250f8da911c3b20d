package assay.agent.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Everything the agent is told at its start. Immutable, checked.
 *
 * @param name what people call the node
 * @param data identity, model cache and lock live here
 * @param schedulers where the scheduler and its standbys listen; dialled in turn
 * @param caFile certificate of the cluster's CA, PEM
 * @param joinTokenFile needed until the node is enrolled
 * @param listen the agent's own gRPC server; port 0 takes a free one
 * @param advertise the host by which gateways and other agents reach this one
 * @param metrics plain HTTP for {@code /metrics} and {@code /healthz}; port 0 takes a free one
 * @param threads compute threads
 * @param backend compute backend
 * @param memoryBytes cap of what the CPU device offers; empty for what the machine has
 * @param head bounds of the head's queue and waits
 * @param watchParent end when standard input ends
 * @param logFile where lines for machines go, ECS JSON; empty for nowhere
 */
public record AgentConfig(
        String name,
        Path data,
        List<HostPort> schedulers,
        Path caFile,
        Optional<Path> joinTokenFile,
        HostPort listen,
        String advertise,
        HostPort metrics,
        int threads,
        BackendChoice backend,
        Optional<Long> memoryBytes,
        HeadLimits head,
        boolean watchParent,
        Optional<Path> logFile) {

    /** Refuses what can not work, with value and expectation. */
    public AgentConfig {
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,62}")) {
            throw new IllegalArgumentException(
                    "--name: " + name + " (expected: 1..63 letters, digits, dots or dashes)");
        }
        schedulers = List.copyOf(schedulers);
        if (schedulers.isEmpty() || schedulers.stream().anyMatch(it -> it.port() == 0)) {
            throw new IllegalArgumentException("--scheduler: port 0 (expected: 1..65535)");
        }
        if (threads < 1 || threads > 1_024) {
            throw new IllegalArgumentException("--threads: " + threads + " (expected: 1..1024)");
        }
        if (memoryBytes.isPresent() && memoryBytes.get() < 1) {
            throw new IllegalArgumentException(
                    "--memory-bytes: " + memoryBytes.get() + " (expected: above 0)");
        }
    }

    /**
     * Bounds of the head: every queue and wait has one.
     *
     * @param maxWaiting requests that may wait for room; the next one is refused with QUEUE_FULL
     * @param maxUnreadTokens tokens of one request that its caller has not read; then it is
     *     cancelled
     * @param hungStep a step that takes longer than this, what its tokens may take, and ten times
     *     the usual is a lost stage
     * @param selfProbe how often an idle head sends a token through all stages
     * @param linkSilence a stage that gives no sign of life for so long is lost
     * @param newWait how long a request that comes while a stage is lost waits for it
     * @param streamWait how long a request that was there when a stage was lost waits for it
     */
    public record HeadLimits(
            int maxWaiting,
            int maxUnreadTokens,
            Duration hungStep,
            Duration selfProbe,
            Duration linkSilence,
            Duration newWait,
            Duration streamWait) {
        /** What each token of a step may take on top before the step counts as hung. */
        public static final Duration STEP_TOKEN = Duration.ofMillis(100);

        /** The defaults that a test holds fast. */
        public static final HeadLimits DEFAULT =
                new HeadLimits(
                        256,
                        1_024,
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(4),
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(60));

        /** Refuses bounds that bound nothing. */
        public HeadLimits {
            if (maxWaiting < 1 || maxUnreadTokens < 1) {
                throw new IllegalArgumentException("head limits: below 1 (expected: 1 or more)");
            }
            boolean waits =
                    Stream.of(hungStep, selfProbe, linkSilence, newWait, streamWait)
                            .allMatch(Duration::isPositive);
            if (!waits) {
                throw new IllegalArgumentException("head waits: not positive (expected: above 0)");
            }
        }
    }
}
