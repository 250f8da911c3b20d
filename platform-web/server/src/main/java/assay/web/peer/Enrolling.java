package assay.web.peer;

import assay.scheduler.v1.EnrollReply;
import assay.scheduler.v1.EnrollRequest;
import assay.scheduler.v1.EnrollmentGrpc;
import assay.web.PrivateFile;
import assay.web.WebSettings;
import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Date;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets this process its certificate: the one of an earlier start while it is good, or else a new
 * one for the join token. Used once, by the thread that starts the process.
 */
final class Enrolling {
    private static final Logger LOG = LoggerFactory.getLogger(Enrolling.class);

    /** A certificate that ends sooner is not begun with. */
    private static final Duration LEAST_VALIDITY = Duration.ofHours(1);

    private final WebSettings settings;
    private final InstantSource clock;

    Enrolling(WebSettings settings, InstantSource clock) {
        this.settings = settings;
        this.clock = clock;
    }

    /**
     * Blocks until there is an identity, at most the configured time.
     *
     * @throws IllegalStateException with what is missing, in one line
     */
    ProcessIdentity identity() {
        try {
            X509Certificate authority =
                    Pem.certificates(Files.readString(settings.caFile())).getFirst();
            Optional<ProcessIdentity> kept = kept(authority);
            if (kept.isPresent()) {
                LOG.info("known to the cluster as {}", kept.get().urn());
                return kept.get();
            }
            ProcessIdentity enrolled = enroll(authority);
            LOG.info("enrolled as {}", enrolled.urn());
            return enrolled;
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("no identity for this process: " + e.getMessage(), e);
        }
    }

    private Path keyFile() {
        return settings.identityDir().resolve("key.pem");
    }

    private Path chainFile() {
        return settings.identityDir().resolve("certificate.pem");
    }

    /** What an earlier start left, unless it is of another authority or about to end. */
    private Optional<ProcessIdentity> kept(X509Certificate authority) throws IOException {
        if (!Files.exists(keyFile()) || !Files.exists(chainFile())) {
            return Optional.empty();
        }
        try {
            List<X509Certificate> chain = Pem.certificates(Files.readString(chainFile()));
            X509Certificate own = chain.getFirst();
            own.checkValidity(Date.from(clock.instant().plus(LEAST_VALIDITY)));
            own.verify(authority.getPublicKey());
            return Optional.of(new ProcessIdentity(Pem.key(keyFile()), chain, authority));
        } catch (GeneralSecurityException e) {
            LOG.warn("the certificate in {} is of no use: {}", chainFile(), e.getMessage());
            return Optional.empty();
        }
    }

    private ProcessIdentity enroll(X509Certificate authority)
            throws IOException, GeneralSecurityException {
        Path tokenFile = settings.joinTokenFile();
        if (tokenFile == null) {
            throw new IOException("assay.web.join-token-file: missing, and not enrolled before");
        }
        String token = Files.readString(tokenFile).strip();
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        KeyPair pair = generator.generateKeyPair();
        EnrollReply reply = ask(authority, request(token, pair));
        List<X509Certificate> chain = Pem.certificates(reply.getCertificateChainPem());
        chain.getFirst().verify(authority.getPublicKey());
        if (!chain.getFirst().getPublicKey().equals(pair.getPublic())) {
            throw new GeneralSecurityException("the certificate is for another key");
        }
        // The key first: a certificate without its key would be worth nothing.
        PrivateFile.write(keyFile(), Pem.of(pair.getPrivate()));
        PrivateFile.write(chainFile(), reply.getCertificateChainPem());
        return new ProcessIdentity(pair.getPrivate(), chain, authority);
    }

    private EnrollRequest request(String token, KeyPair pair) throws GeneralSecurityException {
        byte[] publicKey = pair.getPublic().getEncoded();
        Signature proof = Signature.getInstance("SHA256withECDSA");
        proof.initSign(pair.getPrivate());
        proof.update(token.getBytes(StandardCharsets.UTF_8));
        proof.update(publicKey);
        return EnrollRequest.newBuilder()
                .setToken(token)
                .setPublicKey(ByteString.copyFrom(publicKey))
                .setProof(ByteString.copyFrom(proof.sign()))
                .setName("gateway-" + hostName())
                .addAllHosts(hosts())
                .build();
    }

    private EnrollReply ask(X509Certificate authority, EnrollRequest request) throws IOException {
        ManagedChannel channel =
                PeerChannels.open(
                        settings.schedulerAddress(), null, new PeerTrust(authority, "scheduler"));
        try {
            // Waiting for ready covers a scheduler that is still starting.
            return EnrollmentGrpc.newBlockingStub(channel)
                    .withWaitForReady()
                    .withDeadlineAfter(settings.serving().connectTimeout())
                    .enroll(request);
        } catch (StatusRuntimeException e) {
            String what =
                    e.getStatus().getCode() == Status.Code.DEADLINE_EXCEEDED
                            ? "the scheduler at "
                                    + settings.schedulerAddress()
                                    + " did not answer within "
                                    + settings.serving().connectTimeout()
                            : "the scheduler refused to enroll: " + e.getStatus();
            throw new IOException(what, e);
        } finally {
            channel.shutdownNow();
            awaitQuietly(channel);
        }
    }

    private static void awaitQuietly(ManagedChannel channel) {
        try {
            boolean _ = channel.awaitTermination(1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Set<String> hosts() {
        Set<String> hosts = new LinkedHashSet<>(List.of("localhost", "127.0.0.1"));
        hosts.add(hostName());
        if (!settings.listenAddress().equals("0.0.0.0") && !settings.listenAddress().equals("::")) {
            hosts.add(settings.listenAddress());
        }
        return hosts;
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost"; // a machine without a name in its own hosts file
        }
    }
}
