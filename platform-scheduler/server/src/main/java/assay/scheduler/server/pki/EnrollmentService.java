package assay.scheduler.server.pki;

import assay.scheduler.server.ErrorCode;
import assay.scheduler.server.SchedulerException;
import assay.scheduler.server.rpc.Faults;
import assay.scheduler.v1.EnrollReply;
import assay.scheduler.v1.EnrollRequest;
import assay.scheduler.v1.EnrollmentGrpc;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.support.TransactionTemplate;

/** Trades a token and a key for a certificate. Each call runs on its own virtual thread. */
public final class EnrollmentService extends EnrollmentGrpc.EnrollmentImplBase {
    private static final Logger LOG = LoggerFactory.getLogger(EnrollmentService.class);
    private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N} ._-]{1,60}");
    private static final int P256_BITS = 256;

    private final CertificateAuthority authority;
    private final JoinTokens tokens;
    private final EnrolledPeers peers;
    private final TransactionTemplate transaction;
    private final Duration lifetime;

    public EnrollmentService(
            CertificateAuthority authority,
            JoinTokens tokens,
            EnrolledPeers peers,
            TransactionTemplate transaction,
            Duration lifetime) {
        this.authority = authority;
        this.tokens = tokens;
        this.peers = peers;
        this.transaction = transaction;
        this.lifetime = lifetime;
    }

    @Override
    public void enroll(EnrollRequest request, StreamObserver<EnrollReply> answer) {
        Faults.answer(answer, () -> enroll(request));
    }

    private EnrollReply enroll(EnrollRequest request) {
        if (!NAME.matcher(request.getName()).matches()) {
            throw invalid("name: not 1 to 60 letters, digits, blanks, dots, dashes");
        }
        var hosts = new Hosts(request.getHostsList());
        PublicKey key = provenKey(request);
        EnrollReply reply = transaction.execute(status -> issue(request, hosts, key));
        LOG.info("enrolled {} as {}", request.getName(), reply.getIdentity());
        return reply;
    }

    /** The token is used up only if everything else succeeds: it is one transaction. */
    private EnrollReply issue(EnrollRequest request, Hosts hosts, PublicKey key) {
        UUID id = UUID.randomUUID();
        IdentityKind kind =
                tokens.redeem(request.getToken(), id)
                        .orElseThrow(() ->
                                new SchedulerException(
                                        ErrorCode.TOKEN_INVALID,
                                        "the join token is not good (expected: unused, in"
                                                + " time)"));
        var identity = new Identity(kind, id);
        try {
            X509Certificate issued =
                    authority.issue(key, identity, request.getName(), hosts, lifetime);
            peers.remember(identity, request.getName(), issued);
            return EnrollReply.newBuilder()
                    .setIdentity(identity.urn())
                    .setCertificateChainPem(
                            authority.chain(issued).stream()
                                    .map(PemFiles::text)
                                    .collect(Collectors.joining()))
                    .setCaCertificatePem(PemFiles.text(authority.certificate()))
                    .build();
        } catch (GeneralSecurityException | IOException e) {
            throw new SchedulerException(ErrorCode.INTERNAL, "issue a certificate", e);
        }
    }

    private static PublicKey provenKey(EnrollRequest request) {
        try {
            byte[] der = request.getPublicKey().toByteArray();
            PublicKey key =
                    KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(der));
            int bits =
                    key instanceof ECPublicKey curve ? curve.getParams().getOrder().bitLength() : 0;
            if (bits != P256_BITS) {
                throw invalid("public key: " + bits + " bits (expected: EC P-256)");
            }
            var signature = Signature.getInstance("SHA256withECDSA");
            signature.initVerify(key);
            signature.update(request.getToken().getBytes(StandardCharsets.UTF_8));
            signature.update(der);
            if (!signature.verify(request.getProof().toByteArray())) {
                throw invalid("proof: not a signature of token and key by that key");
            }
            return key;
        } catch (GeneralSecurityException e) {
            throw new SchedulerException(
                    ErrorCode.ENROLLMENT_INVALID, "public key or proof: unreadable", e);
        }
    }

    private static SchedulerException invalid(String message) {
        return new SchedulerException(ErrorCode.ENROLLMENT_INVALID, message);
    }
}
