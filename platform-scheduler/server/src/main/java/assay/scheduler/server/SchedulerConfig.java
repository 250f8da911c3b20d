package assay.scheduler.server;

import assay.scheduler.core.reconcile.ReconcileConfig;
import assay.scheduler.core.reconcile.ReconcileConfig.Drains;
import assay.scheduler.core.reconcile.ReconcileConfig.Moves;
import assay.scheduler.core.reconcile.ReconcileConfig.Nodes;
import assay.scheduler.core.reconcile.ReconcileConfig.Room;
import assay.scheduler.server.jobs.JobsConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What can be set, under {@code assay.scheduler}. Immutable.
 *
 * @param pkiDir certificate authority and own certificate; made when it is not there
 * @param hosts names and addresses at which the scheduler is called
 * @param joinTokensFile lines {@code kind token}, mode 0600; imported at each start
 * @param joinTokenLifetime from the import on
 * @param certificateLifetime of what is issued
 * @param grpcAddress host:port to listen on; port 0 means a free one
 * @param addressFile written when the port is open
 * @param storeDir model files, {@code <first two hex>/<sha256>}
 * @param placeKept how long a broken replica keeps its place for its nodes
 * @param suspectAfter silence of a node until it gets nothing new
 * @param lostAfter silence of a node until its stages are gone
 * @param returnGrace how long a node whose session broke may take to come back
 * @param doubtBound how long a loss of most nodes at once is doubted
 * @param reservation how long places are kept for loading that makes no progress
 * @param drainBound how long running requests of a replica that leaves may take
 * @param heartbeatInterval asked of nodes
 * @param defaultKvTokens cache room of a replica when a deployment names none
 * @param defaultMaxSequences sequences at once when a deployment names none
 * @param mailboxCapacity letters that may wait for the control loop
 * @param makeRoom whether replicas that serve are moved for one that waits
 * @param makeRoomAfter how long a replica waits before others are moved for it
 * @param makeRoomCooldown from the end of one plan to make room until the next
 * @param makeRoomMoves in one plan, at most
 * @param leaseDuration after which another scheduler takes over
 * @param jobs of batch jobs
 */
@ConfigurationProperties("assay.scheduler")
public record SchedulerConfig(
        Path pkiDir,
        @DefaultValue({"localhost", "127.0.0.1"}) List<String> hosts,
        @Nullable Path joinTokensFile,
        @DefaultValue("24h") Duration joinTokenLifetime,
        @DefaultValue("90d") Duration certificateLifetime,
        @DefaultValue("127.0.0.1:0") String grpcAddress,
        @Nullable Path addressFile,
        Path storeDir,
        @DefaultValue("60s") Duration placeKept,
        @DefaultValue("3s") Duration suspectAfter,
        @DefaultValue("10s") Duration lostAfter,
        @DefaultValue("3s") Duration returnGrace,
        @DefaultValue("5m") Duration doubtBound,
        @DefaultValue("5m") Duration reservation,
        @DefaultValue("10m") Duration drainBound,
        @DefaultValue("1s") Duration heartbeatInterval,
        @DefaultValue("8192") int defaultKvTokens,
        @DefaultValue("16") int defaultMaxSequences,
        @DefaultValue("10000") int mailboxCapacity,
        @DefaultValue("true") boolean makeRoom,
        @DefaultValue("30s") Duration makeRoomAfter,
        @DefaultValue("5m") Duration makeRoomCooldown,
        @DefaultValue("3") int makeRoomMoves,
        @DefaultValue("6s") Duration leaseDuration,
        @DefaultValue JobsConfig jobs) {
    public SchedulerConfig {
        hosts = List.copyOf(hosts);
        if (defaultKvTokens < 1 || defaultMaxSequences < 1 || mailboxCapacity < 1) {
            throw new IllegalArgumentException(
                    "default kv tokens %d, default max sequences %d, mailbox capacity %d"
                                    .formatted(
                                            defaultKvTokens, defaultMaxSequences, mailboxCapacity)
                            + " (expected: each 1 or more)");
        }
    }

    /** The patience of the reconciler. */
    ReconcileConfig patience() {
        ReconcileConfig usual = ReconcileConfig.DEFAULTS;
        Moves moves = usual.moves();
        Drains drains = usual.drains();
        return new ReconcileConfig(
                new Nodes(suspectAfter, lostAfter, returnGrace, doubtBound),
                new Moves(
                        placeKept,
                        moves.spreadPatience(),
                        reservation,
                        moves.resendAfter(),
                        moves.firstRetry(),
                        moves.longestRetry(),
                        moves.moveAfterFailures(),
                        moves.avoided(),
                        moves.perPass()),
                usual.probes(),
                new Drains(drains.settle(), drainBound, drains.yieldBound(), drains.routed()),
                new Room(makeRoom, makeRoomAfter, makeRoomCooldown, makeRoomMoves));
    }
}
