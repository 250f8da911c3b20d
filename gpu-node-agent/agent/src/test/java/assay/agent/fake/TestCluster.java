package assay.agent.fake;

import assay.agent.Agent;
import assay.agent.OfferedCheckers;
import assay.agent.config.AgentConfig;
import assay.agent.config.AgentOptions;
import assay.agent.devices.GpuFinder;
import assay.agent.v1.AssignStage;
import assay.agent.v1.ModelFile;
import assay.agent.v1.NodeMessage;
import assay.agent.v1.ProbeReplica;
import assay.agent.v1.ProbeReport;
import assay.agent.v1.ReleaseStage;
import assay.agent.v1.SchedulerMessage;
import assay.agent.v1.StageReport;
import assay.agent.v1.StageState;
import assay.inference.v1.GenerateRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/**
 * Some agents in this process, a scheduler, and a replica of the reference model over them. For one
 * test thread.
 */
public final class TestCluster implements AutoCloseable {
    /** The name of the one replica. */
    public static final String REPLICA = "replica-1";

    private static final int LAYERS = 8;

    private final Path folder;
    private final TestAuthority authority = new TestAuthority();
    private final FakeScheduler scheduler = new FakeScheduler(authority);
    private final List<ModelFile> files = scheduler.files().offer(ReferenceModel.folder());
    private final Map<String, Agent> agents = new HashMap<>();
    private final Deque<FakeGateway> closing = new ArrayDeque<>();
    private int kvTokens = 4_096;
    private int maxSequences = 16;

    /** Nothing runs yet but the scheduler. */
    public TestCluster(Path folder) {
        this.folder = folder;
        authority.writeTo(folder.resolve("ca.pem"));
    }

    /** What orders from now on give room for. */
    public void room(int kvTokens, int maxSequences) {
        this.kvTokens = kvTokens;
        this.maxSequences = maxSequences;
    }

    public TestAuthority authority() {
        return authority;
    }

    public FakeScheduler scheduler() {
        return scheduler;
    }

    public List<ModelFile> files() {
        return files;
    }

    public Agent agent(String name) {
        Agent agent = agents.get(name);
        if (agent == null) {
            throw new IllegalArgumentException(name + " does not run");
        }
        return agent;
    }

    /** Starts an agent with its own data folder, which it keeps when it is started again. */
    public Agent start(String name, String... more) throws InterruptedException {
        return startOn(GpuFinder::unwanted, name, more);
    }

    /** The same on a machine with those GPUs. */
    public Agent startOn(Supplier<GpuFinder> gpus, String name, String... more)
            throws InterruptedException {
        try {
            Path token = Files.writeString(folder.resolve(name + ".token"), scheduler.newToken());
            List<String> arguments =
                    new ArrayList<>(
                            List.of(
                                    "--name", name,
                                    "--data", folder.resolve(name).toString(),
                                    "--scheduler", scheduler.address().toString(),
                                    "--ca", folder.resolve("ca.pem").toString(),
                                    "--join-token-file", token.toString(),
                                    "--threads", "1"));
            arguments.addAll(List.of(more));
            AgentConfig config = AgentOptions.parse(arguments);
            Agent agent =
                    Agent.start(
                            config,
                            OfferedCheckers.NONE,
                            gpus,
                            thrown -> {
                                throw new AssertionError("an invariant broke", thrown);
                            });
            agents.put(name, agent);
            scheduler.node(name).awaitSession();
            return agent;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Stops an agent. */
    public void stop(String name) {
        agent(name).close();
        agents.remove(name);
    }

    /** An order for a stage, its layers shared out evenly. */
    public AssignStage order(long epoch, int index, List<String> names) {
        int count = names.size();
        int first = LAYERS * index / count;
        int end = LAYERS * (index + 1) / count;
        return AssignStage.newBuilder()
                .setReplicaId(REPLICA)
                .setEpoch(epoch)
                .setModel("assay-reference")
                .setVersion("1")
                .addAllFiles(files)
                .setStageIndex(index)
                .setStageCount(count)
                .setFirstLayer(first)
                .setEndLayer(end)
                .setDeviceId("cpu")
                .setWeightBytes(ReferenceModel.weightBytes(first, end))
                .setNextAddress(
                        index == count - 1 ? "" : scheduler.node(names.get(index + 1)).address())
                .setHeadAddress(scheduler.node(names.getFirst()).address())
                .setKvTokens(kvTokens)
                .setMaxSequences(maxSequences)
                .build();
    }

    /** Assigns all stages and waits until a token passed through them. */
    public void deploy(long epoch, String... names) throws InterruptedException {
        deploy(epoch, (index, order) -> order, names);
    }

    /** The same, with orders that are changed by stage index before they go out. */
    public void deploy(
            long epoch, BiFunction<Integer, AssignStage, AssignStage> changed, String... names)
            throws InterruptedException {
        List<String> all = List.of(names);
        for (int i = 0; i < all.size(); i++) {
            scheduler.node(all.get(i)).assign(changed.apply(i, order(epoch, i, all)));
        }
        for (String name : all) {
            awaitStage(name, epoch, StageState.STAGE_STATE_LOADED);
        }
        ProbeReport probe = probe(epoch, all.getFirst());
        if (!probe.getPassed()) {
            throw new AssertionError("probe: " + probe.getErrorDetail());
        }
    }

    /** Asks a head for a proof. */
    public ProbeReport probe(long epoch, String head) throws InterruptedException {
        FakeScheduler.Node node = scheduler.node(head);
        node.send(
                SchedulerMessage.newBuilder()
                        .setProbe(ProbeReplica.newBuilder().setReplicaId(REPLICA).setEpoch(epoch))
                        .build());
        return node.await(m -> m.hasProbe() && m.getProbe().getEpoch() == epoch).getProbe();
    }

    /** Takes a stage away. */
    public void release(String name, long epoch) {
        scheduler
                .node(name)
                .send(
                        SchedulerMessage.newBuilder()
                                .setRelease(
                                        ReleaseStage.newBuilder()
                                                .setReplicaId(REPLICA)
                                                .setEpoch(epoch))
                                .build());
    }

    /** The report of that state; FAILED is never waited past. */
    public StageReport awaitStage(String name, long epoch, StageState state)
            throws InterruptedException {
        NodeMessage message =
                scheduler
                        .node(name)
                        .await(m ->
                                m.hasStage()
                                        && m.getStage().getEpoch() == epoch
                                        && (m.getStage().getState() == state
                                                || m.getStage().getState()
                                                        == StageState.STAGE_STATE_FAILED));
        if (message.getStage().getState() != state) {
            throw new AssertionError(name + ": " + message.getStage());
        }
        return message.getStage();
    }

    /** A gateway connected to that agent. */
    public FakeGateway gateway(String name) {
        FakeGateway gateway = new FakeGateway(authority, agent(name).address());
        closing.push(gateway);
        return gateway;
    }

    /** A greedy request. */
    public static GenerateRequest.Builder request(long epoch, String prompt, int maxTokens) {
        return GenerateRequest.newBuilder()
                .setRequestId("r")
                .setReplicaId(REPLICA)
                .setEpoch(epoch)
                .setPrompt(prompt)
                .setMaxTokens(maxTokens);
    }

    @Override
    public void close() {
        while (!closing.isEmpty()) {
            closing.pop().close();
        }
        agents.values().forEach(Agent::close);
        scheduler.close();
    }
}
