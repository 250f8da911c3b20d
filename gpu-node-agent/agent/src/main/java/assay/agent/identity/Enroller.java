package assay.agent.identity;

import assay.agent.config.HostPort;
import assay.agent.config.StartException;
import assay.agent.fault.GrpcFaults;
import assay.scheduler.v1.EnrollReply;
import assay.scheduler.v1.EnrollRequest;
import assay.scheduler.v1.EnrollmentGrpc;
import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trades a one-time token for a certificate. The key is made here and never sent; the signature
 * over token and public key proves that we hold it. Confined to the main thread.
 */
public final class Enroller {
    private static final Logger LOG = LoggerFactory.getLogger(Enroller.class);
    private static final Duration ATTEMPT = Duration.ofSeconds(10);

    private final List<HostPort> schedulers;
    private final X509Certificate authority;
    private final Pause pause;

    /** Waits between attempts; a test does not wait. */
    @FunctionalInterface
    public interface Pause {
        /** Blocks until the next attempt may be made. */
        void await() throws InterruptedException;
    }

    /** Will ask any of those schedulers, which must show a certificate of that authority. */
    public Enroller(List<HostPort> schedulers, X509Certificate authority, Pause pause) {
        this.schedulers = List.copyOf(schedulers);
        this.authority = authority;
        this.pause = pause;
    }

    /**
     * Asks until the scheduler answers.
     *
     * @param name what people call the node
     * @param hosts names and addresses at which this node will be called
     * @throws StartException when the scheduler refuses the token or answers something unusable
     */
    public NodeIdentity enroll(String token, String name, List<String> hosts)
            throws GeneralSecurityException, InterruptedException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        KeyPair pair = generator.generateKeyPair();
        EnrollRequest request =
                EnrollRequest.newBuilder()
                        .setToken(token)
                        .setPublicKey(ByteString.copyFrom(pair.getPublic().getEncoded()))
                        .setProof(ByteString.copyFrom(proof(token, pair)))
                        .setName(name)
                        .addAllHosts(hosts)
                        .build();
        EnrollReply reply = ask(request);
        List<X509Certificate> chain = Pem.certificates(reply.getCertificateChainPem());
        chain.getLast().verify(authority.getPublicKey());
        if (!chain.getFirst().getPublicKey().equals(pair.getPublic())) {
            throw new StartException(
                    StartException.FAILED, "enrollment: the certificate is for another key");
        }
        Optional<PeerIdentity> self = PeerIdentity.of(chain.getFirst());
        if (self.isEmpty() || self.get().kind() != PeerKind.NODE) {
            throw new StartException(
                    StartException.FAILED,
                    "enrollment: got " + reply.getIdentity() + " (expected: a node's identity)");
        }
        return new NodeIdentity(self.get(), pair.getPrivate(), chain, authority);
    }

    private EnrollReply ask(EnrollRequest request)
            throws GeneralSecurityException, InterruptedException {
        ManagedChannel channel;
        try {
            channel =
                    MutualTls.anonymousChannelToAny(schedulers, authority, PeerKind.SCHEDULER).build();
        } catch (javax.net.ssl.SSLException e) {
            throw new GeneralSecurityException("TLS 1.3 is not available", e);
        }
        try {
            while (true) {
                try {
                    return EnrollmentGrpc.newBlockingStub(channel)
                            .withDeadlineAfter(ATTEMPT.toMillis(), TimeUnit.MILLISECONDS)
                            .enroll(request);
                } catch (StatusRuntimeException e) {
                    giveUpUnlessAway(e);
                    LOG.info("scheduler {} does not answer yet: {}", schedulers, GrpcFaults.line(e));
                    pause.await();
                    channel.resetConnectBackoff();
                }
            }
        } finally {
            channel.shutdownNow();
        }
    }

    private void giveUpUnlessAway(StatusRuntimeException e) {
        Status.Code code = e.getStatus().getCode();
        if (code != Status.Code.UNAVAILABLE && code != Status.Code.DEADLINE_EXCEEDED) {
            throw new StartException(
                    StartException.FAILED,
                    "enrollment at "
                            + schedulers
                            + " was refused: "
                            + GrpcFaults.line(e)
                            + " (a join token is good for one enrollment; make a new one)");
        }
    }

    private static byte[] proof(String token, KeyPair pair) throws GeneralSecurityException {
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(pair.getPrivate());
        signature.update(token.getBytes(StandardCharsets.UTF_8));
        signature.update(pair.getPublic().getEncoded());
        return signature.sign();
    }
}
