package assay.agent.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SandboxIT {
    private CoqInstallation.Ready coq;

    @BeforeAll
    void findCoq() throws InterruptedException {
        coq = InstalledCoq.open(InstalledCoq.tight());
    }

    @AfterAll
    void removeFolders() {
        if (coq != null) {
            coq.close();
        }
    }

    @Test
    void showsNothingOfThisMachine() throws InterruptedException {
        SandboxRun.Finished seen =
                bash("ls /; ls /etc; echo $HOME; id -u; cat /etc/shadow; cat /proc/1/environ");
        assertThat(seen.out())
                .doesNotContain("home", "root", "work", "passwd", "JAVA")
                .contains("65534");
        assertThat(seen.err()).contains("/etc/shadow: No such file");
    }

    @Test
    void keepsTheNetworkAndTheKernelAway() throws InterruptedException {
        assertThat(bash("exec 3<>/dev/tcp/127.0.0.1/22").err()).contains("Operation not permitted");
        assertThat(bash("exec 3<>/dev/udp/127.0.0.1/53").err()).contains("Operation not permitted");
        assertThat(bash("unshare -Ur true").exit()).isNotZero();
        assertThat(bash("mount -t tmpfs none /tmp").exit()).isNotZero();
        assertThat(bash("kill -9 1; echo alive").out()).contains("alive");
        assertThat(bash("echo 1 > /proc/sys/kernel/core_pattern").exit()).isNotZero();
    }

    @Test
    void letsItWriteOnlyIntoItsJob() throws InterruptedException {
        try (var job = coq.sandbox().newJob()) {
            SandboxRun run =
                    bash(
                            job,
                            true,
                            "echo x > /job/a && echo y > /x; echo z > /usr/z; echo w > /etc/w");
            assertThat(job.names()).containsExactly("a");
            assertThat(((SandboxRun.Finished) run).err()).contains("Read-only file system");
            assertThat(((SandboxRun.Finished) bash(job, false, "echo x > /job/b")).err())
                    .contains("Read-only file system");
        }
    }

    @Test
    void boundsProcessesFilesAndTime() throws InterruptedException {
        assertThat(bash("for i in {1..40}; do sleep 5 & done 2>&1").out())
                .contains("Resource temporarily");
        assertThat(bash("head -c 5000000 /dev/zero > /job/big").exit()).isNotZero();
        try (var job = coq.sandbox().newJob()) {
            assertThat(bash(job, true, "while :; do :; done"))
                    .isInstanceOfSatisfying(
                            SandboxRun.Overran.class,
                            over -> assertThat(over.bound()).contains("processor time"));
            assertThat(bash(job, true, "while :; do echo flood; done"))
                    .isInstanceOfSatisfying(
                            SandboxRun.Overran.class,
                            over -> assertThat(over.bound()).contains("output"));
        }
    }

    @Test
    void endsTheProcessOfAnInterruptedCheck() throws Exception {
        var ended = new CompletableFuture<Boolean>();
        var job = coq.sandbox().newJob();
        Thread waiting =
                Thread.ofVirtual()
                        .start(() -> {
                            try (job) {
                                bash(job, true, "touch /job/started; sleep 600");
                                ended.complete(false);
                            } catch (InterruptedException e) {
                                ended.complete(true);
                            }
                        });
        while (!Files.exists(job.folder().resolve("started"))) {
            Thread.onSpinWait();
        }
        waiting.interrupt();
        assertThat(ended.get()).isTrue();
        assertThat(job.folder()).doesNotExist();
    }

    @Test
    void leavesNothingBehind() throws InterruptedException, IOException {
        Path folder;
        try (var own = InstalledCoq.open(InstalledCoq.tight())) {
            assertThat(own.judge().prove("", "True", "exact I."))
                    .isInstanceOf(Verdict.Accepted.class);
            folder = own.sandbox().newJob().folder().getParent();
            try (var left = Files.list(folder)) {
                assertThat(left.filter(path -> path.toString().contains("job-"))).hasSize(1);
            }
        }
        assertThat(folder).doesNotExist();
    }

    private SandboxRun.Finished bash(String script) throws InterruptedException {
        try (var job = coq.sandbox().newJob()) {
            return (SandboxRun.Finished) bash(job, true, script);
        }
    }

    private SandboxRun bash(Sandbox.Job job, boolean writable, String script)
            throws InterruptedException {
        return coq.sandbox().run(job, writable, List.of("/usr/bin/bash", "-c", script));
    }
}
