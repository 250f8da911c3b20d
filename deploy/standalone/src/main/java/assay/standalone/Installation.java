package assay.standalone;

import assay.db.DatabaseRoles;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * One installation on this machine, from {@code up} to its end: {@link #start} holds the order of
 * the steps, {@link #supervise} what happens afterwards, {@link #stopAll} the order of the end.
 * Confined to the main thread.
 */
final class Installation {
    private static final Duration SCHEDULER_PATIENCE = Duration.ofSeconds(90);

    /** The lease of a scheduler that is gone is over by then, and a standby has taken it. */
    private static final Duration STANDBY_LEADS_WITHIN = Duration.ofSeconds(10);

    private static final Duration ELASTICSEARCH_PATIENCE = Duration.ofSeconds(60);
    private static final Duration WEB_PATIENCE = Duration.ofMinutes(4);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(15);
    private static final Duration HOOK_PATIENCE = Duration.ofSeconds(110);

    private final Home home;
    private final Progress progress;
    private final DataFolder folder;
    private final Secrets secrets;
    private final InstantSource clock = InstantSource.system();
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final Supervision supervision = new Supervision(events, clock);
    private final Waiting waiting;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final AtomicInteger exitStatus = new AtomicInteger();

    private UpOptions options;
    private PostgresServer.@Nullable Running postgres;
    private @Nullable ElasticsearchServer elasticsearch;
    private String modelName = "";

    Installation(UpOptions options, Home home, Progress progress) {
        this.options = options;
        this.home = home;
        this.progress = progress;
        this.folder = new DataFolder(options.data());
        this.secrets = new Secrets(folder.secrets());
        this.waiting = new Waiting(events, progress, clock, Set.of(ElasticsearchServer.NAME));
    }

    /** Starts everything, keeps it running until it is asked to stop, and stops it. */
    int run() throws IOException, InterruptedException {
        folder.prepare();
        try (InstanceLock _ = InstanceLock.take(folder)) {
            Runtime.getRuntime().addShutdownHook(new Thread(this::stopBySignal, "stop"));
            try {
                start();
                supervise();
                return 0;
            } catch (StandaloneException e) {
                exitStatus.set(e.code().exitStatus());
                throw e;
            } finally {
                stopAll();
            }
        } finally {
            stopped.countDown();
        }
    }

    /** Runs when the process was told to end, and holds its end up until all is stopped. */
    private void stopBySignal() {
        if (stopped.getCount() == 0) {
            return; // the process ends because this installation did
        }
        events.add(new Event.StopAsked());
        try {
            stopped.await(HOOK_PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(exitStatus.get());
    }

    private void start() throws IOException, InterruptedException {
        progress.line("Assay starts on " + folder.root());
        Files.deleteIfExists(folder.connectFile());
        int stale = new StaleProcesses(folder.run()).clear();
        if (stale > 0) {
            progress.line("Stopped " + stale + " processes of a launcher that was killed");
        }
        claimPorts();
        secrets.getFrom(folder.adminPasswordFile());
        var database = new Database(folder, secrets, events, progress, waiting);
        PostgresServer.Running server = database.start(running -> postgres = running);
        supervision.adopt(
                PostgresServer.NAME,
                server.process(),
                () -> {
                    PostgresServer.Running again =
                            database.startAgain(Optional.ofNullable(postgres).orElseThrow());
                    postgres = again;
                    return again.process();
                });
        startElasticsearch();
        Path manifest = storeModel();
        String scheduler = startScheduler(server, database.passwords());
        startAgents(scheduler);
        startWeb(server, database.passwords(), scheduler, manifest);
        awaitElasticsearch();
        writeConnectFile();
        sayReady();
        events.addAll(waiting.deferred());
    }

    private void claimPorts() {
        options =
                options.withPorts(
                        Ports.claim(options.httpPort(), "--http-port"),
                        Ports.claim(options.httpsPort(), "--https-port"),
                        Ports.claim(options.grpcPort(), "--grpc-port"));
    }

    /** It comes up beside everything else; who ships to it waits for it anyway. */
    private void startElasticsearch() throws IOException, InterruptedException {
        if (!(options.elasticsearch() instanceof ElasticsearchChoice.Embedded)) {
            return;
        }
        Optional<ElasticsearchServer> prepared =
                ElasticsearchServer.prepare(folder, System.getenv(), secrets.next(), progress);
        if (prepared.isPresent()) {
            ElasticsearchServer server = prepared.get();
            elasticsearch = server;
            progress.line("Starting Elasticsearch");
            launch(ElasticsearchServer.NAME, server::program);
        }
    }

    private void awaitElasticsearch() throws IOException, InterruptedException {
        ElasticsearchServer server = elasticsearch;
        ChildProcess child = supervision.children().get(ElasticsearchServer.NAME);
        if (server == null || child == null) {
            return;
        }
        Instant patienceEnds = clock.instant().plus(ELASTICSEARCH_PATIENCE);
        waiting.until(
                "Elasticsearch to answer",
                child,
                ELASTICSEARCH_PATIENCE.multipliedBy(2),
                () ->
                        !child.isAlive()
                                || clock.instant().isAfter(patienceEnds)
                                || server.answers());
        if (!server.answers()) {
            progress.line(
                    "Elasticsearch does not answer yet ("
                            + (child.isAlive() ? "it still starts" : child.lastWords())
                            + "; log: "
                            + child.log()
                            + "); until then audit records are searched in PostgreSQL");
        }
    }

    private @Nullable URI elasticsearchAddress() {
        return switch (options.elasticsearch()) {
            case ElasticsearchChoice.Off _ -> null;
            case ElasticsearchChoice.Cluster cluster -> cluster.address();
            case ElasticsearchChoice.Embedded _ ->
                    elasticsearch == null ? null : elasticsearch.address();
        };
    }

    private @Nullable Path storeModel() throws IOException {
        if (!options.referenceModel()) {
            return null;
        }
        progress.line("Checking the reference model's files");
        modelName = ReferenceModel.NAME;
        Path manifest = folder.run().resolve("reference-model.json");
        new ReferenceModel(home.referenceModel(), folder.store())
                .store(options.agentCount(), options.weights(), manifest);
        waiting.check();
        return manifest;
    }

    private String startScheduler(PostgresServer.Running server, DatabaseRoles.Passwords passwords)
            throws IOException, InterruptedException {
        progress.line(
                options.schedulerCount() == 1
                        ? "Starting the scheduler"
                        : "Starting " + options.schedulerCount() + " schedulers");
        var wiring = new Wiring(folder, options, secrets);
        wiring.writeJoinTokens();
        Path addressFile = wiring.schedulerAddressFile(0);
        var port = new AtomicInteger();
        ChildProcess child =
                launchScheduler(
                        0, () -> wiring.scheduler(0, server, passwords.scheduler(), port.get()));
        waiting.until(
                "the scheduler to listen",
                child,
                SCHEDULER_PATIENCE,
                () -> Files.exists(addressFile) && Files.exists(wiring.caCertificate()));
        String address =
                JsonMapper.shared()
                        .readTree(Files.readString(addressFile))
                        .required("grpc")
                        .asString();
        port.set(Integer.parseInt(address.substring(address.lastIndexOf(':') + 1)));
        var addresses = new ArrayList<String>(List.of(address));
        for (int i = 1; i < options.schedulerCount(); i++) {
            int index = i;
            int own = Ports.free();
            launchScheduler(
                    index, () -> wiring.scheduler(index, server, passwords.scheduler(), own));
            addresses.add("127.0.0.1:" + own);
        }
        return String.join(",", addresses);
    }

    /** One of several is started again late: another leads sooner than it could. */
    private ChildProcess launchScheduler(int index, ProgramSource source)
            throws IOException, InterruptedException {
        Duration wait =
                options.schedulerCount() == 1 ? Supervision.FIRST_WAIT : STANDBY_LEADS_WITHIN;
        return launch(Wiring.schedulerName(index), wait, source);
    }

    private void startAgents(String scheduler) throws IOException, InterruptedException {
        progress.line(
                "Starting "
                        + options.agentCount()
                        + (options.agentCount() == 1 ? " node agent" : " node agents"));
        var wiring = new Wiring(folder, options, secrets);
        for (int i = 0; i < options.agentCount(); i++) {
            int index = i;
            launch(Wiring.agentName(i), () -> wiring.agent(index, scheduler));
        }
    }

    private void startWeb(
            PostgresServer.Running server,
            DatabaseRoles.Passwords passwords,
            String scheduler,
            @Nullable Path manifest)
            throws IOException, InterruptedException {
        progress.line("Starting the gateway and console");
        var wiring = new Wiring(folder, options, secrets);
        ChildProcess child =
                launch(
                        Program.WEB,
                        () ->
                                wiring.web(
                                        server,
                                        passwords,
                                        scheduler,
                                        manifest,
                                        elasticsearchAddress()));
        try (var live = new Readiness(options.httpPort(), "live")) {
            waiting.until("the console to answer", child, WEB_PATIENCE, live::holds);
        }
        if (options.referenceModel()) {
            progress.line("Waiting for a first token from the model");
            try (var ready = new Readiness(options.httpPort(), "ready")) {
                waiting.until("a token from the model", child, WEB_PATIENCE, ready::holds);
            }
        }
    }

    /** Makes a program's files and command line; asked again at each restart. */
    private interface ProgramSource {
        Program get() throws IOException;
    }

    private ChildProcess launch(String name, ProgramSource source)
            throws IOException, InterruptedException {
        return launch(name, Supervision.FIRST_WAIT, source);
    }

    private ChildProcess launch(String name, Duration firstWait, ProgramSource source)
            throws IOException, InterruptedException {
        ChildProcess child =
                supervision.start(
                        name,
                        firstWait,
                        () ->
                                ChildProcess.start(
                                        name,
                                        source.get().command(home, folder),
                                        folder.log(name),
                                        events));
        rememberProcesses();
        return child;
    }

    private void rememberProcesses() throws IOException {
        Map<String, ChildProcess> children = supervision.children();
        children.remove(PostgresServer.NAME); // known by a mark of its own
        new StaleProcesses(folder.run()).remember(children.values());
    }

    /** Returns when it is asked to stop; what ends before is started again. */
    private void supervise() throws InterruptedException {
        while (true) {
            switch (events.take()) {
                case Event.StopAsked _ -> {
                    return;
                }
                case Event.RestartDue due -> restart(due.program());
                case Event.Ended ended -> ended(ended);
            }
        }
    }

    private void ended(Event.Ended ended) {
        ChildProcess child = ended.child();
        String how = ChildProcess.describe(ended.exitStatus());
        supervision
                .ended(child)
                .ifPresent(wait ->
                        progress.line(
                                child.name()
                                        + " ended ("
                                        + how
                                        + "); starting it again in "
                                        + wait.toSeconds()
                                        + " s (log: "
                                        + child.log()
                                        + ")"));
    }

    private void restart(String program) throws InterruptedException {
        try {
            ChildProcess child = supervision.restart(program);
            rememberProcesses();
            writeConnectFile();
            progress.line(program + " runs again (process " + child.pid() + ")");
        } catch (IOException | StandaloneException e) {
            progress.line(program + " could not be started: " + e.getMessage());
            supervision.tryLater(program);
        }
    }

    private void writeConnectFile() throws IOException {
        Map<String, ChildProcess> children = supervision.children();
        List<Long> agents = new ArrayList<>();
        for (int i = 0; i < options.agentCount(); i++) {
            agents.add(pid(children, Wiring.agentName(i)));
        }
        List<Long> schedulers = new ArrayList<>();
        for (int i = 0; i < options.schedulerCount(); i++) {
            schedulers.add(pid(children, Wiring.schedulerName(i)));
        }
        PostgresServer.Running server = Optional.ofNullable(postgres).orElseThrow();
        String login =
                "?user="
                        + PostgresServer.SUPERUSER
                        + "&password="
                        + secrets.get(Database.SUPERUSER_SECRET);
        new ConnectFile(
                        options.httpPort(),
                        options.httpsPort(),
                        options.grpcPort(),
                        folder.pki().resolve("ca.pem"),
                        secrets.getFrom(folder.adminPasswordFile()),
                        Files.exists(folder.apiKeyFile())
                                ? Files.readString(folder.apiKeyFile()).strip()
                                : "",
                        modelName,
                        elasticsearchAddress() == null
                                ? null
                                : String.valueOf(elasticsearchAddress()),
                        server.url(DatabaseRoles.DATABASE) + login,
                        new ConnectFile.Pids(
                                pid(children, Program.WEB),
                                schedulers,
                                agents,
                                server.process().pid(),
                                pid(children, ElasticsearchServer.NAME)))
                .write(folder.connectFile());
    }

    private static long pid(Map<String, ChildProcess> children, String name) {
        return Optional.ofNullable(children.get(name)).map(ChildProcess::pid).orElse(0L);
    }

    private void sayReady() throws IOException {
        progress.line("Ready");
        progress.plain("");
        progress.plain(
                "  Console    http://127.0.0.1:"
                        + options.httpPort()
                        + "   https://127.0.0.1:"
                        + options.httpsPort());
        progress.plain("  gRPC       127.0.0.1:" + options.grpcPort());
        progress.plain(
                "  Sign in    "
                        + ConnectFile.ADMIN
                        + ", first password in "
                        + folder.adminPasswordFile());
        progress.plain("  API key    in " + folder.connectFile());
        progress.plain("  Logs       " + folder.logs());
        progress.plain(
                "  Stop       "
                        + (options.detach() ? "" : "Ctrl-C, or ")
                        + "./assay down"
                        + downOption());
        progress.plain("");
        if (options.detach()) {
            DataFolder.writePrivate(folder.stateFile(), DetachedStart.READY + "\n");
        }
    }

    private String downOption() {
        boolean standard = folder.root().equals(UpOptions.DEFAULTS.data());
        return standard ? "" : " --data " + folder.root();
    }

    /** Who needs another ends before it: gateway, Elasticsearch, agents, scheduler, database. */
    private void stopAll() throws IOException, InterruptedException {
        supervision.close();
        Files.deleteIfExists(folder.connectFile());
        Files.deleteIfExists(folder.stateFile());
        Map<String, ChildProcess> children = supervision.children();
        if (postgres == null && children.isEmpty()) {
            return;
        }
        progress.line("Stopping");
        stop(children, List.of(Program.WEB));
        stop(children, List.of(ElasticsearchServer.NAME));
        if (elasticsearch != null) {
            elasticsearch.close();
        }
        stop(children, children.keySet().stream().filter(n -> n.startsWith("agent-")).toList());
        // Those that stand by first: else one of them takes the lease for a moment.
        for (int i = options.schedulerCount() - 1; i >= 0; i--) {
            stop(children, List.of(Wiring.schedulerName(i)));
        }
        if (postgres != null) {
            postgres.stop();
        }
        new StaleProcesses(folder.run()).clear();
        progress.line("Stopped");
    }

    private static void stop(Map<String, ChildProcess> children, List<String> names)
            throws IOException, InterruptedException {
        List<ChildProcess> group =
                names.stream().map(children::get).filter(java.util.Objects::nonNull).toList();
        for (ChildProcess child : group) {
            child.ask(ChildProcess.Signal.TERM);
        }
        for (ChildProcess child : group) {
            child.awaitEnd(STOP_PATIENCE);
        }
    }
}
