package assay.agent.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.agent.config.StartException;
import assay.agent.fake.FakeScheduler;
import assay.agent.fake.TestAuthority;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class EnrollmentTest {
    @TempDir Path folder;
    private final TestAuthority authority = new TestAuthority();

    /** Thrown instead of waiting: the scheduler counted as away. */
    private static final class Away extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    @Test
    void aNodeIsKnownFromItsFirstStartOn() throws Exception {
        try (FakeScheduler scheduler = new FakeScheduler(authority)) {
            NodeIdentity identity = enroll(scheduler, scheduler.newToken());
            IdentityFolder kept = new IdentityFolder(folder, Instant::now);
            kept.save(identity);
            assertThat(kept.load(authority.certificate())).contains(identity);
            assertThat(
                            PosixFilePermissions.toString(
                                    Files.getPosixFilePermissions(folder.resolve("key.pem"))))
                    .isEqualTo("rw-------");
            assertThat(kept.load(new TestAuthority().certificate()))
                    .as("another cluster's CA")
                    .isEmpty();
            Instant later = Instant.now().plusSeconds(1_000_000);
            assertThat(new IdentityFolder(folder, () -> later).load(authority.certificate()))
                    .as("expired")
                    .isEmpty();
        }
    }

    @Test
    void aTokenIsGoodOnce() throws Exception {
        try (FakeScheduler scheduler = new FakeScheduler(authority)) {
            String token = scheduler.newToken();
            enroll(scheduler, token);
            assertThatThrownBy(() -> enroll(scheduler, token))
                    .isInstanceOf(StartException.class)
                    .hasMessageContaining("refused");
        }
    }

    @Test
    void anImpostorGetsNoToken() {
        String node = "urn:assay:node:" + UUID.randomUUID();
        try (FakeScheduler impostor = new FakeScheduler(authority, node);
                FakeScheduler stranger = new FakeScheduler(new TestAuthority())) {
            assertThatThrownBy(() -> enroll(impostor, impostor.newToken()))
                    .isInstanceOf(Away.class);
            assertThatThrownBy(() -> enroll(stranger, stranger.newToken()))
                    .isInstanceOf(Away.class);
        }
    }

    private NodeIdentity enroll(FakeScheduler scheduler, String token) throws Exception {
        return new Enroller(
                        List.of(scheduler.address()),
                        authority.certificate(),
                        () -> {
                            throw new Away();
                        })
                .enroll(token, "n", List.of("localhost"));
    }
}
