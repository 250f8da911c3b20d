package assay.agent.link;

import assay.agent.fault.AgentException;
import assay.agent.fault.FaultCode;
import assay.stage.v1.ActivationFrame;
import assay.stage.v1.LinkHello;
import assay.stage.v1.StageLinkGrpc;
import assay.stage.v1.StageNotice;
import assay.stage.v1.TokenFrame;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Where other stages' links arrive; finds the stage each of them means. Gives signs of life on
 * each, whatever its stage computes, so that a process that is stopped is told from one that is
 * busy. Thread-safe.
 */
public final class StageLinkService extends StageLinkGrpc.StageLinkImplBase
        implements AutoCloseable {
    private static final Duration LIFE_EVERY = Duration.ofMillis(250);

    private final StageDirectory stages;
    private final Set<InLink> links = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService life =
            Executors.newSingleThreadScheduledExecutor(
                    task -> Thread.ofPlatform().daemon().name("link-life").unstarted(task));

    /** Serves the stages of that directory. */
    public StageLinkService(StageDirectory stages) {
        this.stages = stages;
        Future<?> _ =
                life.scheduleAtFixedRate(
                        () -> links.removeIf(link -> !link.alive()),
                        LIFE_EVERY.toMillis(),
                        LIFE_EVERY.toMillis(),
                        TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        life.shutdownNow();
    }

    @Override
    public StreamObserver<ActivationFrame> activations(StreamObserver<StageNotice> out) {
        return open(
                out,
                frame -> frame.hasHello() ? frame.getHello() : null,
                hello -> stages.activations(hello.getReplicaId(), hello.getToStage()));
    }

    @Override
    public StreamObserver<TokenFrame> tokens(StreamObserver<StageNotice> out) {
        return open(
                out,
                frame -> frame.hasHello() ? frame.getHello() : null,
                hello -> stages.tokens(hello.getReplicaId()));
    }

    private <F> StreamObserver<F> open(
            StreamObserver<StageNotice> out,
            Function<F, @Nullable LinkHello> hello,
            Function<LinkHello, Optional<LinkReceiver<F>>> finder) {
        ServerCallStreamObserver<StageNotice> call = (ServerCallStreamObserver<StageNotice>) out;
        call.disableAutoRequest();
        call.setOnCancelHandler(() -> {}); // so that answers to a link that is gone do not throw
        InLink link = new InLink(call);
        link.more(1);
        links.add(link);
        return new Incoming<>(link, hello, finder);
    }

    /** One stream: the hello finds the receiver, everything after it goes there. */
    private final class Incoming<F> implements StreamObserver<F> {
        private final InLink link;
        private final Function<F, @Nullable LinkHello> hello;
        private final Function<LinkHello, Optional<LinkReceiver<F>>> finder;
        private @Nullable LinkReceiver<F> receiver;

        Incoming(
                InLink link,
                Function<F, @Nullable LinkHello> hello,
                Function<LinkHello, Optional<LinkReceiver<F>>> finder) {
            this.link = link;
            this.hello = hello;
            this.finder = finder;
        }

        @Override
        public void onNext(F frame) {
            try {
                if (receiver == null) {
                    receiver = begin(hello.apply(frame));
                } else {
                    receiver.frame(link, frame);
                }
            } catch (AgentException e) {
                link.fail(e);
            }
        }

        private LinkReceiver<F> begin(@Nullable LinkHello first) {
            if (first == null) {
                throw new AgentException(
                        FaultCode.LINK_MISMATCH, "first frame: no hello (expected: hello)");
            }
            LinkReceiver<F> found =
                    finder.apply(first)
                            .orElseThrow(() ->
                                    new AgentException(
                                            FaultCode.REPLICA_NOT_HERE,
                                            "replica "
                                                    + first.getReplicaId()
                                                    + ", stage "
                                                    + first.getToStage()
                                                    + ": not loaded here"));
            found.connected(link, first);
            return found;
        }

        @Override
        public void onError(Throwable thrown) {
            end(false);
        }

        @Override
        public void onCompleted() {
            end(true);
        }

        private void end(boolean answer) {
            links.remove(link);
            link.ended(answer);
            if (receiver != null) {
                receiver.disconnected(link);
            }
        }
    }
}
