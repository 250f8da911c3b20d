package assay.scheduler.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.agent.v1.NodeSessionGrpc;
import assay.agent.v1.SchedulerMessage;
import assay.db.TestDatabase;
import assay.scheduler.v1.DeploymentsGrpc;
import assay.scheduler.v1.EnrollmentGrpc;
import assay.scheduler.v1.FetchRequest;
import assay.scheduler.v1.FileChunk;
import assay.scheduler.v1.ListRequest;
import assay.scheduler.v1.ModelFilesGrpc;
import com.google.protobuf.ByteString;
import com.google.rpc.ErrorInfo;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Who is let in, and to what. */
class AdmissionIT {
    private static final String NODE = "node-token-of-more-than-32-characters";
    private static final String SECOND = "second-token-of-more-than-32-characters";
    private static final String THIRD = "third-token-of-more-than-32-characters";
    private static final String GATEWAY = "gateway-token-of-more-than-32-characters";

    @TempDir static Path folder;

    private static TestDatabase database;
    private static RunningScheduler scheduler;
    private static Peer node;
    private static Peer gateway;

    @BeforeAll
    static void start() throws IOException, GeneralSecurityException {
        database = TestDatabase.start();
        RunningScheduler.offerTokens(
                folder, "node " + NODE, "node " + SECOND, "node " + THIRD, "gateway " + GATEWAY);
        scheduler = RunningScheduler.start(database, folder);
        node = Peer.enroll(scheduler, NODE, "alpha");
        gateway = Peer.enroll(scheduler, GATEWAY, "web");
    }

    @AfterAll
    static void stop() {
        scheduler.close();
        database.close();
    }

    @Test
    void aTokenIsGoodForOneEnrollment() {
        assertThat(node.identity()).startsWith("urn:assay:node:");
        assertThat(gateway.identity()).startsWith("urn:assay:gateway:");
        for (String bad : List.of(NODE, "a-token-that-nobody-ever-made-before")) {
            assertThatThrownBy(() -> Peer.enroll(scheduler, bad, "again"))
                    .satisfies(e -> checkFault(e, Status.Code.PERMISSION_DENIED, "TOKEN_INVALID"));
        }
    }

    @Test
    void aBadProofUsesNoTokenUp() throws IOException, GeneralSecurityException {
        var request =
                Peer.request(Peer.newKeys(), SECOND, "beta", List.of("localhost")).toBuilder()
                        .setPublicKey(ByteString.copyFrom(Peer.newKeys().getPublic().getEncoded()))
                        .build();
        ManagedChannel channel = Peer.anonymous(scheduler);
        assertThatThrownBy(() -> EnrollmentGrpc.newBlockingStub(channel).enroll(request))
                .satisfies(e -> checkFault(e, Status.Code.INVALID_ARGUMENT, "ENROLLMENT_INVALID"));
        channel.shutdownNow();
        assertThat(Peer.enroll(scheduler, SECOND, "beta").identity()).contains(":node:");
    }

    @Test
    void hostsThatAreNoneAreRefused() throws IOException, GeneralSecurityException {
        ManagedChannel channel = Peer.anonymous(scheduler);
        for (String host : List.of("a b", "*.example", "-x", "1.2.3.400", "http://x")) {
            var request = Peer.request(Peer.newKeys(), THIRD, "gamma", List.of(host));
            assertThatThrownBy(() -> EnrollmentGrpc.newBlockingStub(channel).enroll(request))
                    .as(host)
                    .satisfies(
                            e -> checkFault(e, Status.Code.INVALID_ARGUMENT, "ENROLLMENT_INVALID"));
        }
        channel.shutdownNow();
    }

    @Test
    void withoutACertificateNothingButEnrollmentIsOpen() throws IOException {
        ManagedChannel channel = Peer.anonymous(scheduler);
        assertThatThrownBy(() -> list(channel))
                .satisfies(e -> checkFault(e, Status.Code.UNAUTHENTICATED, "CALLER_UNKNOWN"));
        channel.shutdownNow();
    }

    @Test
    void aNodeMayNotDeployAndAGatewayMayNotBeANode() throws IOException {
        ManagedChannel nodes = node.channel(scheduler);
        ManagedChannel gateways = gateway.channel(scheduler);
        assertThatThrownBy(() -> list(nodes))
                .satisfies(e -> checkFault(e, Status.Code.PERMISSION_DENIED, "CALLER_REFUSED"));
        assertThat(list(gateways)).isZero();
        var answers = new Received<SchedulerMessage>();
        NodeSessionGrpc.newStub(gateways).session(answers);
        RunningScheduler.Waiting.until("a refusal", () -> answers.error() != null);
        assertThat(answers.error())
                .satisfies(e -> checkFault(e, Status.Code.PERMISSION_DENIED, "CALLER_REFUSED"));
        nodes.shutdownNow();
        gateways.shutdownNow();
    }

    @Test
    void whoWasSentAwayIsRefused() throws IOException, GeneralSecurityException {
        RunningScheduler.offerTokens(folder);
        JdbcClient owner = JdbcClient.create(database.superuser());
        owner.sql(
                        """
                        insert into join_tokens (token_hash, kind, expires_at)
                        values (sha256('revoked-gateway'::bytea), 'gateway', now() + interval '1 h')
                        """)
                .update();
        Peer former = Peer.enroll(scheduler, "revoked-gateway", "former");
        ManagedChannel channel = former.channel(scheduler);
        assertThat(list(channel)).isZero();
        owner.sql("update enrolled set revoked_at = now() where name = 'former'").update();
        assertThatThrownBy(() -> list(channel))
                .satisfies(e -> checkFault(e, Status.Code.PERMISSION_DENIED, "CALLER_REFUSED"));
        channel.shutdownNow();
    }

    @Test
    void tlsBelowVersionThreeIsRefused() throws IOException, GeneralSecurityException {
        var trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        trusted.setCertificateEntry(
                "ca",
                CertificateFactory.getInstance("X.509")
                        .generateCertificate(
                                new ByteArrayInputStream(
                                        Files.readAllBytes(scheduler.caCertificate()))));
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        var tls = SSLContext.getInstance("TLS");
        tls.init(null, trust.getTrustManagers(), null);
        URI address = URI.create("tls://" + scheduler.grpc());
        try (var old =
                (SSLSocket)
                        tls.getSocketFactory().createSocket(address.getHost(), address.getPort())) {
            old.setEnabledProtocols(new String[] {"TLSv1.2"});
            assertThatThrownBy(old::startHandshake).isInstanceOf(SSLException.class);
        }
        try (var now =
                (SSLSocket)
                        tls.getSocketFactory().createSocket(address.getHost(), address.getPort())) {
            now.startHandshake();
            assertThat(now.getSession().getProtocol()).isEqualTo("TLSv1.3");
        }
    }

    @Test
    void secretsAreForTheOwnerAlone() throws IOException {
        assertThat(permissions("pki")).isEqualTo("rwx------");
        assertThat(permissions("pki/ca.key")).isEqualTo("rw-------");
        assertThat(permissions("pki/server.key")).isEqualTo("rw-------");
    }

    private static String permissions(String path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(path)));
    }

    @Test
    void aModelFileIsTakenUpWhereItWasCut() throws IOException, GeneralSecurityException {
        byte[] content = new byte[3_000_001];
        new Random(5).nextBytes(content);
        String sha256 =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        Path place = folder.resolve("store").resolve(sha256.substring(0, 2));
        Files.createDirectories(place);
        Files.write(place.resolve(sha256), content);
        ManagedChannel channel = node.channel(scheduler);
        for (int offset : new int[] {0, 1_234_567, content.length}) {
            ByteString received = ByteString.EMPTY;
            var chunks =
                    ModelFilesGrpc.newBlockingStub(channel)
                            .fetch(
                                    FetchRequest.newBuilder()
                                            .setSha256(sha256)
                                            .setOffset(offset)
                                            .build());
            while (chunks.hasNext()) {
                FileChunk chunk = chunks.next();
                assertThat(chunk.getData().size()).isBetween(1, 1 << 20);
                received = received.concat(chunk.getData());
            }
            assertThat(received)
                    .isEqualTo(ByteString.copyFrom(content, offset, content.length - offset));
        }
        channel.shutdownNow();
    }

    @Test
    void noOtherFileCanBeAskedFor() throws IOException {
        ManagedChannel channel = node.channel(scheduler);
        Files.createDirectories(folder.resolve("store"));
        for (String name : List.of("../pki/ca.key", "..", "", "A".repeat(64), "/etc/passwd")) {
            assertThatThrownBy(() -> fetch(channel, name))
                    .satisfies(e ->
                            checkFault(e, Status.Code.INVALID_ARGUMENT, "FILE_REQUEST_INVALID"));
        }
        assertThatThrownBy(() -> fetch(channel, "0".repeat(64)))
                .satisfies(e -> checkFault(e, Status.Code.NOT_FOUND, "FILE_UNKNOWN"));
        channel.shutdownNow();
    }

    private static boolean fetch(ManagedChannel channel, String sha256) {
        return ModelFilesGrpc.newBlockingStub(channel)
                .fetch(FetchRequest.newBuilder().setSha256(sha256).build())
                .hasNext();
    }

    private static int list(ManagedChannel channel) {
        return DeploymentsGrpc.newBlockingStub(channel)
                .list(ListRequest.getDefaultInstance())
                .getDeploymentsCount();
    }

    private static void checkFault(Throwable e, Status.Code code, String reason) {
        assertThat(e).isInstanceOf(StatusRuntimeException.class);
        assertThat(Status.fromThrowable(e).getCode()).isEqualTo(code);
        com.google.rpc.Status status = StatusProto.fromThrowable(e);
        assertThat(Objects.requireNonNull(status).getDetailsList())
                .singleElement()
                .satisfies(detail ->
                        assertThat(detail.unpack(ErrorInfo.class).getReason()).isEqualTo(reason));
    }
}
