package assay.scheduler.server;

import assay.scheduler.core.placement.BalancedPlacement;
import assay.scheduler.core.reconcile.ReconcileConfig;
import assay.scheduler.server.control.ClusterControl;
import assay.scheduler.server.control.ClusterMeters;
import assay.scheduler.server.control.ClusterRows;
import assay.scheduler.server.control.ClusterStore;
import assay.scheduler.server.control.ControlLoop;
import assay.scheduler.server.control.DefaultModel;
import assay.scheduler.server.control.DeploymentsService;
import assay.scheduler.server.control.History;
import assay.scheduler.server.control.ModelCatalog;
import assay.scheduler.server.control.NodeSessionService;
import assay.scheduler.server.control.NodesService;
import assay.scheduler.server.control.RoutesService;
import assay.scheduler.server.control.StoreQueue;
import assay.scheduler.server.files.ModelFilesService;
import assay.scheduler.server.lease.Fence;
import assay.scheduler.server.lease.Lease;
import assay.scheduler.server.pki.EnrolledPeers;
import assay.scheduler.server.pki.EnrollmentService;
import assay.scheduler.server.pki.JoinTokens;
import assay.scheduler.server.pki.PkiFolder;
import assay.scheduler.server.rpc.CallGuard;
import assay.scheduler.server.rpc.GrpcEndpoint;
import io.grpc.BindableService;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.json.JsonMapper;

/**
 * From the lease to the open port, on a thread of its own: wait for a term, restore, start the
 * loop, open the port, write the address file, renew. A standby does none of it but waits. A term
 * that is lost ends the process. Thread-safe.
 */
final class Leadership implements HealthIndicator {
    private static final Logger LOG = LoggerFactory.getLogger(Leadership.class);
    private static final Duration STANDBY_LOOK = Duration.ofMillis(500);

    private final SchedulerConfig config;
    private final JdbcClient database;
    private final TransactionTemplate transaction;
    private final JsonMapper json;
    private final MeterRegistry registry;
    private final InstantSource clock;
    private final LastResort lastResort;
    private final Thread thread;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final AtomicReference<String> role = new AtomicReference<>("starting");

    private volatile int managementPort;
    private @Nullable Acting acting;

    /** What only the leader has. */
    private record Acting(
            Lease lease,
            Lease.Term term,
            ControlLoop loop,
            StoreQueue store,
            DefaultModel defaultModel,
            GrpcEndpoint endpoint) {}

    Leadership(
            SchedulerConfig config,
            JdbcClient database,
            TransactionTemplate transaction,
            JsonMapper json,
            MeterRegistry registry,
            LastResort lastResort) {
        this.config = config;
        this.database = database;
        this.transaction = transaction;
        this.json = json;
        this.registry = registry;
        this.lastResort = lastResort;
        clock = InstantSource.system();
        thread = Thread.ofPlatform().name("leadership").unstarted(this::run);
    }

    /**
     * Begins.
     *
     * @param port of the management endpoints, for the address file
     */
    void start(int port) {
        managementPort = port;
        thread.start();
    }

    /** Ends everything and lets the next scheduler begin at once. */
    void stop() {
        stop.countDown();
        try {
            thread.join(Duration.ofSeconds(10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public Health health() {
        return Health.up().withDetail("role", role.get()).build();
    }

    private void run() {
        try (PkiFolder pki =
                PkiFolder.open(
                        config.pkiDir(), config.hosts(), config.certificateLifetime(), clock)) {
            var lease = new Lease(database, pki.identity().id(), config.leaseDuration());
            Optional<Lease.Term> term = await(lease);
            if (term.isPresent()) {
                acting = act(pki, lease, term.get());
                role.set("leader");
                renew(lease, term.get());
            }
        } catch (InterruptedException e) {
            LOG.debug("told to stop");
        } catch (Exception e) {
            if (stop.getCount() > 0) {
                lastResort.end(String.valueOf(e.getMessage()), e);
            }
        } finally {
            end();
        }
    }

    private Optional<Lease.Term> await(Lease lease) throws InterruptedException {
        do {
            Optional<Lease.Term> term = take(lease);
            if (term.isPresent()) {
                LOG.info("acting with epoch {}", term.get().epoch());
                return term;
            }
            if (!"standby".equals(role.getAndSet("standby"))) {
                LOG.info("standby: another scheduler holds the lease");
            }
        } while (!stop.await(STANDBY_LOOK.toMillis(), TimeUnit.MILLISECONDS));
        return Optional.empty();
    }

    /** A standby outlives a database that is away. */
    private static Optional<Lease.Term> take(Lease lease) {
        try {
            return lease.take();
        } catch (DataAccessException e) {
            LOG.warn("the lease was not asked for: {}", e.getMessage());
            return Optional.empty();
        }
    }

    private Acting act(PkiFolder pki, Lease lease, Lease.Term term) {
        var peers = new EnrolledPeers(database, clock);
        peers.rememberOwn(pki);
        var tokens = new JoinTokens(database);
        if (config.joinTokensFile() != null) {
            int fresh = tokens.importFrom(config.joinTokensFile(), config.joinTokenLifetime());
            LOG.info("{} join tokens may be used", fresh);
        }
        var boards = new RoutesService();
        var catalog = new ModelCatalog(database, json);
        var stored = new ClusterStore(database, json);
        var fence = new Fence(transaction, lease, term);
        var hearing = new AtomicReference<Runnable>(() -> {});
        var store =
                new StoreQueue(
                        fence,
                        () -> hearing.get().run(),
                        failure -> lastResort.end(String.valueOf(failure.getMessage()), failure));
        ClusterControl control = restored(boards, catalog, stored, store, term);
        var loop = new ControlLoop(config.mailboxCapacity(), control::tick, lastResort);
        hearing.set(() -> hear(loop, control));
        var defaultModel = new DefaultModel(catalog, id -> loop.post(() -> control.defaultIs(id)));
        Gauge.builder("assay.scheduler.store.waiting", store, StoreQueue::depth).register(registry);
        Gauge.builder("assay.scheduler.store.events.dropped", store, StoreQueue::eventsDropped)
                .register(registry);
        Gauge.builder("assay.scheduler.mailbox.letters", loop, ControlLoop::depth)
                .register(registry);
        Gauge.builder("assay.scheduler.route.watchers", boards, RoutesService::watcherCount)
                .register(registry);
        store.start();
        loop.start();
        defaultModel.start();
        List<BindableService> services =
                List.of(
                        new EnrollmentService(
                                pki.authority(),
                                tokens,
                                peers,
                                transaction,
                                config.certificateLifetime()),
                        new NodeSessionService(loop, control),
                        boards,
                        new DeploymentsService(
                                loop,
                                control,
                                catalog,
                                stored,
                                config.defaultKvTokens(),
                                config.defaultMaxSequences()),
                        new NodesService(loop, control, new History(database, json)),
                        new ModelFilesService(config.storeDir()));
        GrpcEndpoint endpoint =
                GrpcEndpoint.open(config.grpcAddress(), pki, new CallGuard(peers), services);
        if (config.addressFile() != null) {
            AddressFile.write(config.addressFile(), json, endpoint.address(), managementPort);
        }
        LOG.info("gRPC on {}", endpoint.address());
        return new Acting(lease, term, loop, store, defaultModel, endpoint);
    }

    /** What was stored by now may be told. A loop that is busy hears it with its next tick. */
    private static void hear(ControlLoop loop, ClusterControl control) {
        try {
            loop.post(control::stored);
        } catch (SchedulerException e) {
            LOG.debug("the loop was not told that something is stored: {}", e.getMessage());
        }
    }

    private ClusterControl restored(
            RoutesService boards,
            ModelCatalog catalog,
            ClusterStore stored,
            StoreQueue store,
            Lease.Term term) {
        ReconcileConfig patience = config.patience();
        var control =
                new ClusterControl(
                        new ClusterControl.World(
                                stored,
                                new ClusterRows(database, json),
                                store,
                                catalog,
                                boards,
                                new ClusterMeters(registry),
                                clock),
                        patience,
                        new BalancedPlacement(),
                        config.heartbeatInterval(),
                        term.epoch());
        control.restore(patience);
        return control;
    }

    /**
     * While the database is away nobody can take the lease, so the term goes on: routes are served
     * and changes wait. It ends when another scheduler turns out to have taken it.
     */
    private void renew(Lease lease, Lease.Term term) throws InterruptedException {
        Duration pause = lease.duration().dividedBy(3);
        boolean away = false;
        while (!stop.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
            try {
                if (!lease.renew(term)) {
                    throw new SchedulerException(
                            ErrorCode.LEASE_LOST, "another scheduler holds the lease");
                }
                away = false;
            } catch (DataAccessException e) {
                if (!away) {
                    LOG.warn("the lease is not renewed: {}", e.getMessage());
                }
                away = true;
            }
        }
    }

    /** The loop first: that all sessions break now is no news of the nodes. */
    private void end() {
        Acting over = acting;
        if (over != null) {
            over.defaultModel().stop();
            over.loop().stop();
            over.endpoint().close();
            over.store().stop();
            try {
                over.lease().giveBack(over.term());
            } catch (DataAccessException e) {
                LOG.warn("the lease was not given back: {}", e.getMessage());
            }
        }
        role.set("stopped");
    }
}
