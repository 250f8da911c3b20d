package assay.scheduler.server;

import assay.scheduler.v1.EnrollReply;
import assay.scheduler.v1.EnrollRequest;
import assay.scheduler.v1.EnrollmentGrpc;
import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.util.List;

/** A process with an identity of its own, as another program would make it. */
record Peer(String identity, KeyPair keys, List<X509Certificate> chain) {
    Peer {
        chain = List.copyOf(chain);
    }

    /** Asks for a certificate with a key of its own. */
    static Peer enroll(RunningScheduler scheduler, String token, String name)
            throws IOException, GeneralSecurityException {
        KeyPair keys = newKeys();
        ManagedChannel channel = anonymous(scheduler);
        try {
            EnrollReply reply =
                    EnrollmentGrpc.newBlockingStub(channel)
                            .enroll(request(keys, token, name, List.of("127.0.0.1")));
            var chain =
                    CertificateFactory.getInstance("X.509")
                            .generateCertificates(
                                    new ByteArrayInputStream(
                                            reply.getCertificateChainPem()
                                                    .getBytes(StandardCharsets.US_ASCII)));
            return new Peer(
                    reply.getIdentity(),
                    keys,
                    chain.stream().map(X509Certificate.class::cast).toList());
        } finally {
            channel.shutdownNow();
        }
    }

    static KeyPair newKeys() throws GeneralSecurityException {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    static EnrollRequest request(KeyPair keys, String token, String name, List<String> hosts)
            throws GeneralSecurityException {
        byte[] publicKey = keys.getPublic().getEncoded();
        var signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(keys.getPrivate());
        signature.update(token.getBytes(StandardCharsets.UTF_8));
        signature.update(publicKey);
        return EnrollRequest.newBuilder()
                .setToken(token)
                .setName(name)
                .addAllHosts(hosts)
                .setPublicKey(ByteString.copyFrom(publicKey))
                .setProof(ByteString.copyFrom(signature.sign()))
                .build();
    }

    /** A channel that checks the server and shows no certificate. */
    static ManagedChannel anonymous(RunningScheduler scheduler) throws IOException {
        return channel(
                scheduler,
                GrpcSslContexts.forClient().trustManager(scheduler.caCertificate().toFile()));
    }

    /** A channel that shows this peer's certificate. */
    ManagedChannel channel(RunningScheduler scheduler) throws IOException {
        return channel(
                scheduler,
                GrpcSslContexts.forClient()
                        .trustManager(scheduler.caCertificate().toFile())
                        .keyManager(keys.getPrivate(), chain.toArray(new X509Certificate[0])));
    }

    private static ManagedChannel channel(RunningScheduler scheduler, SslContextBuilder tls)
            throws IOException {
        return NettyChannelBuilder.forTarget(scheduler.grpc())
                .sslContext(tls.protocols("TLSv1.3").build())
                .build();
    }
}
