package assay.agent;

import assay.agent.config.AgentConfig;
import assay.agent.config.BackendChoice;
import assay.agent.config.DataFolder;
import assay.agent.config.HostPort;
import assay.agent.config.StartException;
import assay.agent.devices.CpuDeviceFinder;
import assay.agent.devices.DeviceEvent;
import assay.agent.devices.DeviceFinder;
import assay.agent.devices.GpuFinder;
import assay.agent.files.FileCache;
import assay.agent.files.SchedulerFileSource;
import assay.agent.head.InferenceService;
import assay.agent.host.StageHost;
import assay.agent.identity.Authority;
import assay.agent.identity.MutualTls;
import assay.agent.identity.NodeIdentity;
import assay.agent.identity.PeerGuard;
import assay.agent.identity.PeerKind;
import assay.agent.link.StageLinkService;
import assay.agent.metrics.AgentMetrics;
import assay.agent.metrics.MetricsEndpoint;
import assay.agent.session.Backoff;
import assay.agent.session.SchedulerSession;
import assay.engine.tokenizer.Tokenizer;
import assay.inference.v1.InferenceGrpc;
import assay.stage.v1.StageLinkGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running agent: wires the rooms, and takes them down in the opposite order. Started and closed
 * by one thread.
 */
public final class Agent implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Agent.class);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(2);
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(5);

    private final AgentConfig config;
    private final Consumer<Throwable> fatal;
    private final Supplier<GpuFinder> gpuSearch;
    private final Deque<Stop> stops = new ArrayDeque<>();
    private HostPort address;
    private HostPort metricsAddress;

    private interface Stop {
        void run() throws Exception;
    }

    private Agent(AgentConfig config, Supplier<GpuFinder> gpuSearch, Consumer<Throwable> fatal) {
        this.config = config;
        this.gpuSearch = gpuSearch;
        this.fatal = fatal;
        this.address = config.listen();
        this.metricsAddress = config.metrics();
    }

    /**
     * Starts everything; waits for enrollment where the node is new.
     *
     * @param checkers what this node can check
     * @param fatal told when an invariant broke: the process has to end
     * @throws StartException one line, when it can not start; nothing is left running
     */
    public static Agent start(
            AgentConfig config, OfferedCheckers checkers, Consumer<Throwable> fatal)
            throws InterruptedException {
        return start(config, checkers, () -> GpuFinder.ofMachine(InstantSource.system()), fatal);
    }

    /** The same with other GPUs than this machine's. */
    public static Agent start(
            AgentConfig config,
            OfferedCheckers checkers,
            Supplier<GpuFinder> gpuSearch,
            Consumer<Throwable> fatal)
            throws InterruptedException {
        Agent agent = new Agent(config, gpuSearch, fatal);
        try {
            agent.wire(checkers);
            return agent;
        } catch (StartException | InterruptedException e) {
            agent.close();
            throw e;
        } catch (IOException e) {
            agent.close();
            throw new StartException(StartException.FAILED, String.valueOf(e.getMessage()));
        }
    }

    /** Where gateways and other agents reach this one. */
    public HostPort address() {
        return new HostPort(config.advertise(), address.port());
    }

    /** Where metrics are served. */
    public HostPort metricsAddress() {
        return metricsAddress;
    }

    @Override
    public void close() {
        while (!stops.isEmpty()) {
            try {
                stops.pop().run();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (Exception e) {
                LOG.warn("while stopping: {}", e.toString());
            }
        }
    }

    private void wire(OfferedCheckers checkers) throws IOException, InterruptedException {
        DataFolder data = DataFolder.open(config.data());
        stops.push(data::close);
        GpuFinder gpus = gpus(); // first: an agent that can not start leaves its join token unused
        stops.push(gpus::close);
        Tokenizer.nativeCache(config.data().resolve("native"));
        X509Certificate authority = Authority.read(config.caFile());
        NodeIdentity identity = new Joining(config, data, authority).identity();
        MutualTls tls = new MutualTls(identity);
        LOG.info("agent {} is {}", config.name(), identity);

        ManagedChannel scheduler = schedulerChannel(tls);
        stops.push(() -> stop(scheduler));
        ControlLoop control = new ControlLoop(fatal);
        stops.push(control::shutdownNow);
        AgentMetrics metrics = new AgentMetrics();
        stops.push(metrics::close);
        var devices = new NodeDevices(List.of(gpus.find().isEmpty() ? cpu() : gpus));
        devices.watch(metrics, gpus.watch());
        FileCache cache =
                new FileCache(
                        data.models(), new SchedulerFileSource(scheduler), Agent::pauseOneSecond);
        StageHost host =
                new StageHost(
                        new StageHost.Parts(
                                config,
                                data.models(),
                                cache,
                                metrics,
                                agent -> agentChannel(tls, agent),
                                gpus::outOfMemory,
                                new Random()),
                        devices.ids(),
                        control,
                        fatal);
        serve(tls, host, checkers);
        MetricsEndpoint endpoint = metricsEndpoint(metrics);
        metricsAddress = endpoint.address();
        stops.push(endpoint::close);
        var status = new AgentStatus(config.name(), address(), devices, host, checkers.offers());
        SchedulerSession session =
                new SchedulerSession(scheduler, control, status, host, new Backoff(new Random()));
        host.reportTo(new StageHost.Reports(session::report, session::report, session::report));
        gpus.start(event -> tell(event, metrics, session), fatal);
        join(session, control, host);
        LOG.info("agent {} ready at {}, metrics at {}", config.name(), address(), metricsAddress);
    }

    /** Where there are GPUs and they may be used, they are all that the node offers. */
    private GpuFinder gpus() {
        if (config.backend() == BackendChoice.CPU || config.backend() == BackendChoice.SCALAR) {
            return GpuFinder.unwanted();
        }
        GpuFinder found = gpuSearch.get();
        if (found.find().isEmpty()) {
            if (config.backend() == BackendChoice.CUDA) {
                throw new StartException(
                        StartException.FAILED, "--backend: cuda, but no GPU: " + found.absence());
            }
            LOG.info("no GPU, so stages run on the processor: {}", found.absence());
        }
        return found;
    }

    private DeviceFinder cpu() {
        return new CpuDeviceFinder(
                Path.of("/"), Runtime.getRuntime().availableProcessors(), config.memoryBytes());
    }

    private static void tell(DeviceEvent event, AgentMetrics metrics, SchedulerSession session) {
        event.log();
        metrics.count(event);
        session.report(DeviceMessages.event(event));
    }

    private void join(SchedulerSession session, ControlLoop control, StageHost host) {
        session.start();
        stops.push(() -> {
            Future<List<Thread>> over =
                    control.submit(() -> {
                        session.stop();
                        return host.releaseAll();
                    });
            await(over);
        });
    }

    private static void await(Future<List<Thread>> over) throws Exception {
        try {
            long end = System.nanoTime() + STOP_LIMIT.toNanos();
            for (Thread work : over.get(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                work.join(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
            }
        } catch (TimeoutException e) {
            LOG.warn("stages did not stop within {} s", STOP_LIMIT.toSeconds());
        }
    }

    private void serve(MutualTls tls, StageHost host, OfferedCheckers checkers) throws IOException {
        Map<String, Set<PeerKind>> allowed = new HashMap<>();
        allowed.put(InferenceGrpc.SERVICE_NAME, Set.of(PeerKind.GATEWAY));
        allowed.put(StageLinkGrpc.SERVICE_NAME, Set.of(PeerKind.NODE));
        ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
        stops.push(executor::shutdownNow);
        NettyServerBuilder builder = tls.server(config.listen(), executor);
        builder.addService(new InferenceService(host));
        var links = new StageLinkService(host);
        stops.push(links::close);
        builder.addService(links);
        for (ServerServiceDefinition service : checkers.services()) {
            allowed.put(service.getServiceDescriptor().getName(), Set.of(PeerKind.GATEWAY));
            builder.addService(service);
        }
        Server server = builder.intercept(new PeerGuard(allowed)).build();
        try {
            server.start();
        } catch (IOException e) {
            throw new StartException(
                    StartException.FAILED, "--listen: " + config.listen() + " can not be bound");
        }
        stops.push(() -> {
            server.shutdownNow();
            server.awaitTermination(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        });
        address = config.listen().withPort(server.getPort());
    }

    private MetricsEndpoint metricsEndpoint(AgentMetrics metrics) {
        try {
            return new MetricsEndpoint(config.metrics(), metrics::scrape);
        } catch (IOException e) {
            throw new StartException(
                    StartException.FAILED, "--metrics: " + config.metrics() + " can not be bound");
        }
    }

    private ManagedChannel schedulerChannel(MutualTls tls) throws SSLException {
        return tls.channelTo(config.scheduler(), PeerKind.SCHEDULER)
                .keepAliveTime(2 * KEEP_ALIVE.toSeconds(), TimeUnit.SECONDS)
                .keepAliveTimeout(KEEP_ALIVE.toSeconds(), TimeUnit.SECONDS)
                .build();
    }

    private static ManagedChannel agentChannel(MutualTls tls, HostPort agent) {
        try {
            return tls.channelTo(agent, PeerKind.NODE)
                    .keepAliveTime(KEEP_ALIVE.toSeconds(), TimeUnit.SECONDS)
                    .keepAliveTimeout(KEEP_ALIVE.toSeconds(), TimeUnit.SECONDS)
                    .build();
        } catch (SSLException e) {
            throw new IllegalStateException("TLS 1.3 was available at start", e);
        }
    }

    private static void stop(ManagedChannel channel) throws InterruptedException {
        channel.shutdownNow();
        channel.awaitTermination(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static void pauseOneSecond() throws InterruptedException {
        TimeUnit.SECONDS.sleep(1);
    }
}
