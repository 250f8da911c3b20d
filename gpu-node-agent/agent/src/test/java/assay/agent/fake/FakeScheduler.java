package assay.agent.fake;

import assay.agent.config.HostPort;
import assay.agent.v1.AssignStage;
import assay.agent.v1.NodeMessage;
import assay.agent.v1.NodeSessionGrpc;
import assay.agent.v1.SchedulerMessage;
import assay.agent.v1.Welcome;
import assay.scheduler.v1.EnrollReply;
import assay.scheduler.v1.EnrollRequest;
import assay.scheduler.v1.EnrollmentGrpc;
import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * As much of a scheduler as an agent can see: it enrolls with one-time tokens, keeps sessions,
 * serves files, and gives the orders a test tells it to. Thread-safe.
 */
public final class FakeScheduler implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final TestAuthority authority;
    private final TestAuthority.Signed own;
    private final FakeModelFiles files = new FakeModelFiles();
    private final Map<String, Boolean> tokens = new ConcurrentHashMap<>();
    private final Map<String, Node> nodes = new ConcurrentHashMap<>();
    private final int port;
    private Server server;

    /** One node as the scheduler sees it, over all its sessions. */
    public static final class Node {
        private final BlockingQueue<NodeMessage> messages = new LinkedBlockingQueue<>();
        private final BlockingQueue<StreamObserver<SchedulerMessage>> fresh =
                new LinkedBlockingQueue<>();
        private volatile StreamObserver<SchedulerMessage> out = new Nobody();
        private volatile String address = "";

        /** Where the node serves; empty before its first hello. */
        public String address() {
            return address;
        }

        /** The next message like that; those before it are gone. */
        public NodeMessage await(Predicate<NodeMessage> like) throws InterruptedException {
            long end = System.nanoTime() + PATIENCE.toNanos();
            while (true) {
                NodeMessage next = messages.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
                if (next == null) {
                    throw new AssertionError("the node did not say it within " + PATIENCE);
                }
                if (like.test(next)) {
                    return next;
                }
            }
        }

        /** Waits until a further session is open. */
        public void awaitSession() throws InterruptedException {
            if (fresh.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS) == null) {
                throw new AssertionError("the node opened no session within " + PATIENCE);
            }
        }

        /** Gives an order. */
        public synchronized void send(SchedulerMessage message) {
            out.onNext(message);
        }

        /** Gives the order that tests give most. */
        public void assign(AssignStage order) {
            send(SchedulerMessage.newBuilder().setAssign(order).build());
        }
    }

    private static final class Nobody implements StreamObserver<SchedulerMessage> {
        @Override
        public void onNext(SchedulerMessage message) {
            throw new AssertionError("no session is open");
        }

        @Override
        public void onError(Throwable thrown) {}

        @Override
        public void onCompleted() {}
    }

    /** Starts on a free port, with a proper certificate. */
    public FakeScheduler(TestAuthority authority) {
        this(authority, "urn:assay:scheduler:" + UUID.randomUUID());
    }

    /** Starts with any identity, as an impostor would. */
    public FakeScheduler(TestAuthority authority, String urn) {
        this.authority = authority;
        this.own = authority.issue(urn, "localhost", "127.0.0.1");
        this.server = start(0);
        this.port = server.getPort();
    }

    /** Where it listens. */
    public HostPort address() {
        return new HostPort("127.0.0.1", port);
    }

    /** The files it serves. */
    public FakeModelFiles files() {
        return files;
    }

    /** A token for one enrollment. */
    public String newToken() {
        String token = UUID.randomUUID().toString();
        tokens.put(token, true);
        return token;
    }

    /** The node of that name, also before it came. */
    public Node node(String name) {
        return nodes.computeIfAbsent(name, n -> new Node());
    }

    /** Goes away, as a killed process would; {@link #comeBack} listens at the same port. */
    public void goAway() throws InterruptedException {
        server.shutdownNow().awaitTermination();
    }

    /** Listens again. */
    public void comeBack() {
        server = start(port);
    }

    @Override
    public void close() {
        server.shutdownNow();
    }

    private Server start(int port) {
        try {
            var tls =
                    GrpcSslContexts.configure(
                                    SslContextBuilder.forServer(
                                            own.pair().getPrivate(), own.certificate()))
                            .trustManager(authority.certificate())
                            .clientAuth(ClientAuth.OPTIONAL)
                            .protocols("TLSv1.3")
                            .build();
            NettyServerBuilder builder =
                    NettyServerBuilder.forAddress(
                                    new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                            .sslContext(tls)
                            .permitKeepAliveTime(1, TimeUnit.SECONDS)
                            .permitKeepAliveWithoutCalls(true);
            for (BindableService service :
                    new BindableService[] {new Enrolling(), new Sessions(), files}) {
                builder.addService(service);
            }
            return builder.build().start();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private final class Enrolling extends EnrollmentGrpc.EnrollmentImplBase {
        @Override
        public void enroll(EnrollRequest request, StreamObserver<EnrollReply> out) {
            if (tokens.remove(request.getToken()) == null || !proves(request)) {
                out.onError(
                        Status.PERMISSION_DENIED.withDescription("TOKEN_INVALID").asException());
                return;
            }
            String urn = "urn:assay:node:" + UUID.randomUUID();
            X509Certificate certificate =
                    authority.issue(key(request), urn, request.getHostsList());
            out.onNext(
                    EnrollReply.newBuilder()
                            .setIdentity(urn)
                            .setCertificateChainPem(TestAuthority.pem(certificate))
                            .setCaCertificatePem(TestAuthority.pem(authority.certificate()))
                            .build());
            out.onCompleted();
        }

        private static boolean proves(EnrollRequest request) {
            try {
                Signature signature = Signature.getInstance("SHA256withECDSA");
                signature.initVerify(key(request));
                signature.update(request.getToken().getBytes(StandardCharsets.UTF_8));
                signature.update(request.getPublicKey().toByteArray());
                return signature.verify(request.getProof().toByteArray());
            } catch (GeneralSecurityException e) {
                return false;
            }
        }

        private static PublicKey key(EnrollRequest request) {
            try {
                return KeyFactory.getInstance("EC")
                        .generatePublic(
                                new X509EncodedKeySpec(request.getPublicKey().toByteArray()));
            } catch (GeneralSecurityException e) {
                throw new IllegalArgumentException(e);
            }
        }
    }

    private final class Sessions extends NodeSessionGrpc.NodeSessionImplBase {
        @Override
        public StreamObserver<NodeMessage> session(StreamObserver<SchedulerMessage> out) {
            return new StreamObserver<>() {
                private Node node = new Node();

                @Override
                public void onNext(NodeMessage message) {
                    if (message.hasHello()) {
                        node = node(message.getHello().getName());
                        node.address = message.getHello().getAddress();
                        node.out = out;
                        node.messages.add(message);
                        node.send(
                                SchedulerMessage.newBuilder()
                                        .setWelcome(
                                                Welcome.newBuilder()
                                                        .setNodeId(message.getHello().getName())
                                                        .setHeartbeatIntervalMillis(200))
                                        .build());
                        node.fresh.add(out);
                    } else {
                        node.messages.add(message);
                    }
                }

                @Override
                public void onError(Throwable thrown) {}

                @Override
                public void onCompleted() {
                    out.onCompleted();
                }
            };
        }
    }
}
