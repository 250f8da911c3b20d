package assay.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The launcher with a real PostgreSQL and stand-ins for our own programs. */
class InstallationIT {
    /** Unpacked once for all tests: that takes longer than everything else. */
    @TempDir private static Path server;

    @TempDir private Path temporary;

    private Path home = Path.of("unset");
    private Path data = Path.of("unset");

    @BeforeAll
    static void unpackServer() throws Exception {
        PostgresBinaries.unpackInto(server);
    }

    @BeforeEach
    void makeHome() throws Exception {
        home = StubHome.make(temporary.resolve("home"), true);
        data = dataFolder("data");
    }

    private Path dataFolder(String name) throws IOException {
        Path folder = temporary.resolve(name);
        Path postgres = Files.createDirectories(folder.resolve("postgres"));
        Files.createSymbolicLink(postgres.resolve("server"), server.resolve("server"));
        return folder;
    }

    @Test
    void aDetachedStartIsReadyAndDownLeavesNothingButTheData() throws Exception {
        try (var up = LauncherRun.start(home, LauncherRun.up(data, "--detach"))) {
            assertThat(up.end().exitStatus()).isZero();
        }
        JsonNode first = LauncherRun.connect(data);
        List<ProcessHandle> processes = LauncherRun.processes(first);
        assertThat(processes).hasSize(5).allMatch(ProcessHandle::isAlive);
        try (var again = LauncherRun.start(home, LauncherRun.up(data))) {
            Tools.Outcome refused = again.end();
            assertThat(refused.exitStatus()).isEqualTo(1);
            assertThat(refused.output()).contains("Assay already runs on " + data);
        }
        down();
        assertThat(processes).noneMatch(ProcessHandle::isAlive);
        assertThat(data.resolve("connect.json")).doesNotExist();

        try (var up = LauncherRun.start(home, LauncherRun.up(data, "--detach"))) {
            assertThat(up.end().exitStatus()).isZero();
        }
        JsonNode second = LauncherRun.connect(data);
        assertThat(second.get("apiKey")).isEqualTo(first.get("apiKey"));
        assertThat(second.get("adminPassword")).isEqualTo(first.get("adminPassword"));
        down();
    }

    @Test
    void aKilledAgentAndAKilledSchedulerAreStartedAgain() throws Exception {
        try (var up = LauncherRun.start(home, LauncherRun.up(data))) {
            up.until("Stop ");
            JsonNode before = LauncherRun.connect(data).get("pids");
            kill(before.get("agents").get(1));
            up.until("agent-2 ended (signal 9); starting it again in 2 s");
            up.until("agent-2 runs again");
            kill(before.get("scheduler"));
            up.until("scheduler runs again");
            JsonNode after = LauncherRun.connect(data).get("pids");
            assertThat(after.get("agents").get(0)).isEqualTo(before.get("agents").get(0));
            assertThat(after.get("agents").get(1)).isNotEqualTo(before.get("agents").get(1));
            assertThat(after.get("scheduler")).isNotEqualTo(before.get("scheduler"));
            Tools.signal(up.process().pid(), ChildProcess.Signal.INT);
            assertThat(up.end().exitStatus()).isZero();
        }
        assertThat(data.resolve("logs/scheduler.log")).content().contains("127.0.0.1:12345");
    }

    @Test
    void aKilledLauncherLeavesNothingRunning() throws Exception {
        try (var up = LauncherRun.start(home, LauncherRun.up(data))) {
            up.until("Stop ");
            List<ProcessHandle> processes = LauncherRun.processes(LauncherRun.connect(data));
            up.process().destroyForcibly();
            for (ProcessHandle process : processes) {
                assertThat(StaleProcesses.endsWithin(process, LauncherRun.PATIENCE)).isTrue();
            }
        }
        try (var up = LauncherRun.start(home, LauncherRun.up(data))) {
            up.until("Stop ");
        }
    }

    @Test
    void aKilledDatabaseIsStartedAgainWhereItWas() throws Exception {
        try (var up = LauncherRun.start(home, LauncherRun.up(data))) {
            up.until("Stop ");
            JsonNode before = LauncherRun.connect(data);
            kill(before.get("pids").get("postgres"));
            up.until("postgres ended (signal 9); starting it again in 2 s");
            up.until("postgres runs again");
            JsonNode after = LauncherRun.connect(data);
            assertThat(after.get("pids").get("postgres"))
                    .isNotEqualTo(before.get("pids").get("postgres"));
            assertThat(after.get("pids").get("web")).isEqualTo(before.get("pids").get("web"));
            assertThat(after.get("database")).isEqualTo(before.get("database"));
            Tools.signal(up.process().pid(), ChildProcess.Signal.INT);
            assertThat(up.end().exitStatus()).isZero();
        }
        assertThat(data.resolve("postgres/cluster/postmaster.pid")).doesNotExist();
    }

    @Test
    void aProgramThatDiesAtItsStartIsSaidWithReasonAndLog() throws Exception {
        Path broken = StubHome.make(temporary.resolve("broken"), false);
        try (var up = LauncherRun.start(broken, LauncherRun.up(data, "--detach"))) {
            Tools.Outcome outcome = up.end();
            assertThat(outcome.exitStatus()).isEqualTo(1);
            assertThat(outcome.output())
                    .contains("assay: web ended while starting (exit status 1)")
                    .contains("no console today")
                    .contains(data.resolve("logs/web.log").toString());
        }
        assertThat(data.resolve("run/launcher.pid")).doesNotExist();
        assertThat(data.resolve("postgres/cluster/postmaster.pid")).doesNotExist();
    }

    @Test
    void aTakenPortIsNamedBeforeAnythingStarts() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                var up =
                        LauncherRun.start(
                                home,
                                List.of(
                                        "up",
                                        "--data=" + data,
                                        "--http-port=" + taken.getLocalPort()))) {
            Tools.Outcome outcome = up.end();
            assertThat(outcome.exitStatus()).isEqualTo(1);
            assertThat(outcome.output())
                    .contains("assay: port " + taken.getLocalPort() + " is in use by")
                    .contains("--http-port");
        }
        assertThat(data.resolve("postgres/cluster")).doesNotExist();
    }

    @Test
    void theEmbeddedElasticsearchIsFetchedSupervisedAndStopped() throws Exception {
        String embedded = "--elasticsearch=embedded";
        try (var up = LauncherRun.start(home, LauncherRun.up(data, embedded))) {
            up.until("used under the Elastic License 2.0");
            up.until("Stop ");
            JsonNode before = LauncherRun.connect(data);
            assertThat(nodeName(before)).startsWith("assay-");
            assertThat(
                            PosixFilePermissions.toString(
                                    Files.getPosixFilePermissions(
                                            data.resolve("elasticsearch/data"))))
                    .isEqualTo("rwx------");
            assertThat(data.resolve("run/web.properties"))
                    .content()
                    .contains(
                            "assay.web.audit.elasticsearch.url="
                                    + before.get("elasticsearch").asString());
            kill(before.get("pids").get("elasticsearch"));
            up.until("elasticsearch ended (signal 9); starting it again in 2 s");
            up.until("elasticsearch runs again");
            JsonNode after = LauncherRun.connect(data);
            assertThat(after.get("elasticsearch")).isEqualTo(before.get("elasticsearch"));
            ProcessHandle server =
                    ProcessHandle.of(after.get("pids").get("elasticsearch").asLong()).orElseThrow();
            Tools.signal(up.process().pid(), ChildProcess.Signal.INT);
            assertThat(up.end().exitStatus()).isZero();
            assertThat(server.isAlive()).isFalse();
        }
        try (var up = LauncherRun.start(home, LauncherRun.up(data, embedded))) {
            up.until("Stop ");
            assertThat(up.seen()).doesNotContain("Elastic License");
        }
    }

    @Test
    void withoutItsJarsThePlatformStartsAllTheSameAndSaysWhatToDo() throws Exception {
        Path empty = Files.createDirectory(temporary.resolve("empty"));
        try (var up =
                LauncherRun.start(
                        home,
                        LauncherRun.up(data, "--elasticsearch", "embedded"),
                        List.of("-Dmaven.repo.local=" + empty),
                        Map.of("ASSAY_MAVEN_REPOSITORY", empty.toUri().toString()))) {
            up.until("Going on without Elasticsearch, audit records are searched in PostgreSQL");
            up.until("set ASSAY_MAVEN_REPOSITORY to a Maven repository");
            up.until("Stop ");
            JsonNode connect = LauncherRun.connect(data);
            assertThat(connect.get("elasticsearch").isNull()).isTrue();
            assertThat(data.resolve("run/web.properties"))
                    .content()
                    .doesNotContain("elasticsearch.url");
        }
    }

    private static String nodeName(JsonNode connect) throws IOException {
        String address = connect.get("elasticsearch").asString() + "/_cat/nodes?h=name";
        try (InputStream body = URI.create(address).toURL().openStream()) {
            return new String(body.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void twoInstallationsRunSideBySide() throws Exception {
        Path other = dataFolder("other");
        try (var one = LauncherRun.start(home, LauncherRun.up(data));
                var two = LauncherRun.start(home, LauncherRun.up(other, "--no-reference-model"))) {
            one.until("Stop ");
            two.until("Stop ");
            assertThat(LauncherRun.connect(data).get("model").asString())
                    .isEqualTo("assay-reference");
            assertThat(LauncherRun.connect(other).get("model").asString()).isEmpty();
        }
        assertThat(Files.exists(other.resolve("connect.json"))).isFalse();
    }

    private void down() throws Exception {
        try (var down = LauncherRun.start(home, List.of("down", "--data", data.toString()))) {
            assertThat(down.end().exitStatus()).isZero();
        }
    }

    private static void kill(JsonNode pid) {
        assertThat(ProcessHandle.of(pid.asLong()).orElseThrow().destroyForcibly()).isTrue();
    }
}
