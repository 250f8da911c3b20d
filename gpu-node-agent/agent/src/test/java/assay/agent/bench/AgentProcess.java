package assay.agent.bench;

import assay.agent.fake.FakeScheduler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** One agent as a process of its own, as it is deployed. Closed by the thread that started it. */
final class AgentProcess implements AutoCloseable {
    private final Process process;
    private final String name;
    private final FakeScheduler scheduler;
    private final URI metrics;

    /**
     * @param cores that it may run on, as taskset names them; it computes with as many threads
     */
    AgentProcess(String name, Path folder, FakeScheduler scheduler, List<Integer> cores)
            throws IOException, InterruptedException {
        int metricsPort = freePort();
        metrics = URI.create("http://127.0.0.1:" + metricsPort + "/metrics");
        Path token = Files.writeString(folder.resolve(name + ".token"), scheduler.newToken());
        List<String> command = new ArrayList<>();
        command.addAll(
                List.of(
                        "taskset",
                        "-c",
                        cores.stream().map(String::valueOf).collect(Collectors.joining(","))));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of(
                        "--add-modules=jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-Xmx512m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "assay.agent.AgentMain",
                        "--name",
                        name,
                        "--data",
                        folder.resolve(name).toString(),
                        "--scheduler",
                        scheduler.address().toString(),
                        "--ca",
                        folder.resolve("ca.pem").toString(),
                        "--join-token-file",
                        token.toString(),
                        "--threads",
                        Integer.toString(cores.size()),
                        "--metrics",
                        "127.0.0.1:" + metricsPort,
                        "--hung-step-millis",
                        "60000",
                        "--watch-parent"));
        process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve(name + ".log").toFile())
                        .start();
        this.name = name;
        this.scheduler = scheduler;
    }

    /** Waits until it is enrolled and has a session. */
    void awaitSession() throws InterruptedException {
        scheduler.node(name).awaitSession();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Bytes of the heap that are in use after everything was collected. */
    long liveHeapBytes() throws IOException, InterruptedException {
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        new ProcessBuilder(jcmd.toString(), Long.toString(process.pid()), "GC.run")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
        return (long) metric("jvm_memory_used_bytes", "area=\"heap\"");
    }

    /** The sum of all series of that name which have such a label. */
    double metric(String name, String label) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(metrics).build(),
                            HttpResponse.BodyHandlers.ofLines())
                    .body()
                    .filter(line -> line.startsWith(name + "{") && line.contains(label))
                    .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                    .sum();
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
