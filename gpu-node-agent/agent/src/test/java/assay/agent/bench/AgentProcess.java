package assay.agent.bench;

import assay.agent.fake.FakeScheduler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** One agent as a process of its own, as it is deployed. Closed by the thread that started it. */
final class AgentProcess implements AutoCloseable {
    private final Process process;

    AgentProcess(String name, Path folder, FakeScheduler scheduler, int threads)
            throws IOException, InterruptedException {
        Path token = Files.writeString(folder.resolve(name + ".token"), scheduler.newToken());
        List<String> command = new ArrayList<>();
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
                        Integer.toString(threads),
                        "--hung-step-millis",
                        "60000",
                        "--watch-parent"));
        process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve(name + ".log").toFile())
                        .start();
        scheduler.node(name).awaitSession();
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
