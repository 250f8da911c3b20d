package assay.web;

import assay.scheduler.v1.ApplyRequest;
import assay.scheduler.v1.CheckerRoute;
import assay.scheduler.v1.ClusterSnapshot;
import assay.scheduler.v1.EnrollReply;
import assay.scheduler.v1.EnrollRequest;
import assay.scheduler.v1.EnrollmentGrpc;
import assay.scheduler.v1.RestingModel;
import assay.scheduler.v1.Route;
import assay.scheduler.v1.RouteTable;
import assay.scheduler.v1.RoutesGrpc;
import assay.scheduler.v1.WatchClusterRequest;
import assay.scheduler.v1.WatchRoutesRequest;
import io.grpc.BindableService;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContextBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.SSLSession;

/**
 * A scheduler with its authority, and one head agent, on loopback with mutual TLS 1.3. It signs
 * what enrolls with the right token and sends the tables that a test gives it.
 */
public final class FakeCluster implements AutoCloseable {
    static final String TOKEN = "one-time-token";
    public static final String MODEL = "assay-reference";

    final TestAuthority authority = new TestAuthority();
    final FakeAgent agent = new FakeAgent();
    final FakeChecker checker = new FakeChecker();
    final List<ApplyRequest> applied = new CopyOnWriteArrayList<>();
    final BlockingQueue<EnrollRequest> enrolled = new LinkedBlockingQueue<>();

    final FakeNodes nodes = new FakeNodes();
    final FakeDeployments deployments = new FakeDeployments(applied);

    private final List<StreamObserver<RouteTable>> routeWatchers = new CopyOnWriteArrayList<>();
    private final List<StreamObserver<ClusterSnapshot>> clusterWatchers =
            new CopyOnWriteArrayList<>();
    private final Server agentServer = serve("node", agent, checker);
    private final Server secondServer = serve("node", agent, checker);
    public final FakeQueue queue = new FakeQueue();
    private final Server scheduler =
            serve(
                    "scheduler",
                    Stream.concat(
                                    Stream.of(new Enrollments(), new Routes(), deployments, nodes),
                                    Stream.of(queue.services()))
                            .toArray(BindableService[]::new));
    private RouteTable table = RouteTable.getDefaultInstance();

    /** The newest order for the deployment of that name. */
    Optional<ApplyRequest> applied(String name) {
        return applied.stream()
                .filter(it -> it.getName().equals(name))
                .reduce((_, newest) -> newest);
    }

    String schedulerAddress() {
        return "127.0.0.1:" + scheduler.getPort();
    }

    /** The route to the fake agent's replica, as if a token had just come through. */
    public Route route() {
        return Route.newBuilder()
                .setModel(MODEL)
                .setVersion("1")
                .setReplicaId("11111111-1111-1111-1111-111111111111")
                .setEpoch(1)
                .setHeadAddress("127.0.0.1:" + agentServer.getPort())
                .setContextLength(2048)
                .setDefaultModel(true)
                .setLastTokenUnixMillis(System.currentTimeMillis())
                .build();
    }

    /** The same replica with another head, as after the loss of the first. */
    public Route healedRoute() {
        return route().toBuilder()
                .setEpoch(2)
                .setHeadAddress("127.0.0.1:" + secondServer.getPort())
                .build();
    }

    /** Sends this table to whoever watches, now and later. */
    public synchronized void publish(Route... routes) {
        table =
                RouteTable.newBuilder()
                        .setRevision(table.getRevision() + 1)
                        .addAllRoutes(List.of(routes))
                        .build();
        routeWatchers.forEach(watcher -> watcher.onNext(table));
    }

    /** Sends a table in which the model rests at no replica. */
    synchronized void publishResting() {
        table =
                RouteTable.newBuilder()
                        .setRevision(table.getRevision() + 1)
                        .addResting(RestingModel.newBuilder().setModel(MODEL).setVersion("1"))
                        .build();
        routeWatchers.forEach(watcher -> watcher.onNext(table));
    }

    /** Sends a table in which the fake agent also offers Coq. */
    synchronized void publishWithCoq(Route... routes) {
        table =
                RouteTable.newBuilder()
                        .setRevision(table.getRevision() + 1)
                        .addAllRoutes(List.of(routes))
                        .addCheckers(
                                CheckerRoute.newBuilder()
                                        .setSystem("coq")
                                        .setVersion(FakeChecker.TOOL)
                                        .setAddress("127.0.0.1:" + agentServer.getPort()))
                        .build();
        routeWatchers.forEach(watcher -> watcher.onNext(table));
    }

    private synchronized void watch(StreamObserver<RouteTable> watcher) {
        routeWatchers.add(watcher);
        watcher.onNext(table);
    }

    /** Breaks every stream, as a scheduler does that restarts. */
    synchronized void breakStreams() {
        for (var watcher : routeWatchers) {
            watcher.onError(Status.UNAVAILABLE.asRuntimeException());
        }
        routeWatchers.clear();
    }

    private Server serve(String kind, BindableService... services) {
        KeyPair keys = TestAuthority.newKeys();
        String urn = "urn:assay:" + kind + ":" + UUID.randomUUID();
        var certificate = authority.issue(keys.getPublic(), urn, List.of("localhost", "127.0.0.1"));
        try {
            var tls =
                    GrpcSslContexts.configure(
                                    SslContextBuilder.forServer(keys.getPrivate(), certificate))
                            .trustManager(authority.certificate())
                            .clientAuth(ClientAuth.OPTIONAL)
                            .protocols("TLSv1.3")
                            .build();
            var builder =
                    NettyServerBuilder.forAddress(
                                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                            .sslContext(tls)
                            .executor(Executors.newVirtualThreadPerTaskExecutor())
                            .permitKeepAliveTime(1, TimeUnit.SECONDS)
                            .intercept(new GatewaysOnly());
            for (BindableService service : services) {
                builder.addService(service);
            }
            return builder.build().start();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        agentServer.shutdownNow();
        secondServer.shutdownNow();
        scheduler.shutdownNow();
    }

    /** All but enrollment needs a gateway's certificate. */
    private static final class GatewaysOnly implements ServerInterceptor {
        @Override
        public <Q, A> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
            boolean enrollment =
                    call.getMethodDescriptor()
                            .getFullMethodName()
                            .startsWith(EnrollmentGrpc.SERVICE_NAME);
            if (!enrollment && !peer(call).startsWith("urn:assay:gateway:")) {
                call.close(Status.PERMISSION_DENIED.withDescription(peer(call)), new Metadata());
                return new ServerCall.Listener<>() {};
            }
            return next.startCall(call, headers);
        }

        private static String peer(ServerCall<?, ?> call) {
            SSLSession session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
            try {
                var certificate =
                        (java.security.cert.X509Certificate)
                                java.util.Objects.requireNonNull(session).getPeerCertificates()[0];
                return certificate.getSubjectAlternativeNames().stream()
                        .filter(name -> name.get(0).equals(6))
                        .map(name -> String.valueOf(name.get(1)))
                        .findFirst()
                        .orElse("");
            } catch (Exception e) {
                return "nobody";
            }
        }
    }

    private final class Enrollments extends EnrollmentGrpc.EnrollmentImplBase {
        @Override
        public void enroll(EnrollRequest request, StreamObserver<EnrollReply> replies) {
            enrolled.add(request);
            try {
                byte[] encoded = request.getPublicKey().toByteArray();
                var key =
                        KeyFactory.getInstance("EC")
                                .generatePublic(new X509EncodedKeySpec(encoded));
                var proof = Signature.getInstance("SHA256withECDSA");
                proof.initVerify(key);
                proof.update(request.getToken().getBytes(StandardCharsets.UTF_8));
                proof.update(encoded);
                if (!request.getToken().equals(TOKEN)
                        || !proof.verify(request.getProof().toByteArray())) {
                    replies.onError(
                            Status.PERMISSION_DENIED
                                    .withDescription("TOKEN_INVALID")
                                    .asRuntimeException());
                    return;
                }
                String urn = "urn:assay:gateway:" + UUID.randomUUID();
                replies.onNext(
                        EnrollReply.newBuilder()
                                .setIdentity(urn)
                                .setCertificateChainPem(
                                        TestAuthority.pem(
                                                authority.issue(key, urn, request.getHostsList())))
                                .setCaCertificatePem(TestAuthority.pem(authority.certificate()))
                                .build());
                replies.onCompleted();
            } catch (java.security.GeneralSecurityException e) {
                replies.onError(e);
            }
        }
    }

    private final class Routes extends RoutesGrpc.RoutesImplBase {
        @Override
        public void watchRoutes(WatchRoutesRequest request, StreamObserver<RouteTable> answers) {
            ((ServerCallStreamObserver<RouteTable>) answers)
                    .setOnCancelHandler(() -> routeWatchers.remove(answers));
            watch(answers);
        }

        @Override
        public void watchCluster(
                WatchClusterRequest request, StreamObserver<ClusterSnapshot> answers) {
            ((ServerCallStreamObserver<ClusterSnapshot>) answers)
                    .setOnCancelHandler(() -> clusterWatchers.remove(answers));
            clusterWatchers.add(answers);
            answers.onNext(FakeNodes.snapshot(System.currentTimeMillis()));
        }
    }
}
