package assay.agent.bench;

import assay.agent.config.HostPort;
import assay.agent.fake.FakeGateway;
import assay.agent.fake.TestCluster;
import assay.inference.v1.GenerateRequest;
import assay.inference.v1.Sampling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The reference model over some agents, each a process of its own on cores of its own, over mutual
 * TLS on loopback. Closed by the thread that started it.
 */
final class Pipeline implements AutoCloseable {
    private static final int KV_TOKENS = 16_384;

    private final Path folder = Files.createTempDirectory("assay-bench");
    private final TestCluster cluster = new TestCluster(folder);
    private final List<AgentProcess> agents = new ArrayList<>();
    private final FakeGateway gateway;

    /**
     * @param cores for each stage, the ones its agent runs on
     */
    Pipeline(List<List<Integer>> cores, int maxSequences) throws IOException, InterruptedException {
        cluster.room(KV_TOKENS, maxSequences);
        List<String> names = new ArrayList<>();
        for (List<Integer> own : cores) {
            names.add("agent-" + (names.size() + 1));
            agents.add(new AgentProcess(names.getLast(), folder, cluster.scheduler(), own));
        }
        for (AgentProcess agent : agents) {
            agent.awaitSession();
        }
        cluster.deploy(1, names.toArray(String[]::new));
        HostPort head = HostPort.parse(cluster.scheduler().node(names.getFirst()).address());
        gateway = new FakeGateway(cluster.authority(), head);
    }

    List<AgentProcess> agents() {
        return agents;
    }

    FakeGateway gateway() {
        return gateway;
    }

    /**
     * Sampled hot, so that few answers end early: the end of sequence is one of 1536 about equally
     * likely ids.
     */
    static GenerateRequest request(String prompt, int maxTokens, int seed) {
        return TestCluster.request(1, prompt, maxTokens)
                .setSampling(Sampling.newBuilder().setTemperature(100).setSeed(seed))
                .build();
    }

    @Override
    public void close() throws IOException {
        gateway.close();
        agents.forEach(AgentProcess::close);
        cluster.close();
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
