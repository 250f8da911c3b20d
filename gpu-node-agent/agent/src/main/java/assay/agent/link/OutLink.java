package assay.agent.link;

import assay.stage.v1.ActivationFrame;
import assay.stage.v1.Demands;
import assay.stage.v1.LinkHello;
import assay.stage.v1.StageLinkGrpc;
import assay.stage.v1.StageNotice;
import assay.stage.v1.TokenFrame;
import io.grpc.Channel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to reach another stage: open until it breaks once. The owner's loop sends; gRPC's
 * threads tell the owner's inbox what became of it.
 *
 * @param <F> frame
 */
public final class OutLink<F> {
    /** What becomes of a link. Called on gRPC's threads; must only hand over. */
    public interface Watcher {
        /**
         * The other end, and all behind it, is ready.
         *
         * @param keptFrom the first stage that, with all behind it, has what the lineage left there
         */
        void accepted(OutLink<?> link, int keptFrom);

        /** Frames would leave at once again, after they would not. */
        void ready(OutLink<?> link);

        /** The head demands answers; on the tokens' link alone. */
        void demanded(OutLink<?> link, Demands demands);

        /** The link is over; told at most once. */
        void broken(OutLink<?> link, LinkLoss loss);
    }

    private final Watcher watcher;
    private final int toStage;
    private volatile @Nullable ClientCallStreamObserver<F> call;
    private volatile long heardNanos;

    private OutLink(Watcher watcher, int toStage) {
        this.watcher = watcher;
        this.toStage = toStage;
        this.heardNanos = System.nanoTime();
    }

    /** A lane to the next stage. */
    static OutLink<ActivationFrame> activations(Channel channel, LinkHello hello, Watcher watcher) {
        OutLink<ActivationFrame> link = new OutLink<>(watcher, hello.getToStage());
        link.open(
                ActivationFrame.newBuilder().setHello(hello).build(),
                (stub, observer) -> stub.activations(observer),
                StageLinkGrpc.newStub(channel));
        return link;
    }

    /** From the last stage to the head. */
    public static OutLink<TokenFrame> tokens(Channel channel, LinkEnds ends, Watcher watcher) {
        OutLink<TokenFrame> link = new OutLink<>(watcher, ends.toStage());
        TokenFrame hello = TokenFrame.newBuilder().setHello(ends.hello()).build();
        link.open(hello, (stub, observer) -> stub.tokens(observer), StageLinkGrpc.newStub(channel));
        return link;
    }

    /**
     * Sends a frame; on a broken link it is dropped, because the watcher was told. On the owner's
     * loop.
     */
    public void send(F frame) {
        ClientCallStreamObserver<F> open = call;
        if (open != null) {
            open.onNext(frame);
        }
    }

    /** Whether a frame would leave now without piling up. */
    public boolean isReady() {
        ClientCallStreamObserver<F> open = call;
        return open != null && open.isReady();
    }

    /** How long the other end has given no sign of life; at first, since the link was opened. */
    public long silentNanos(long now) {
        return now - heardNanos;
    }

    /** Gives the link up; the other end frees what belonged to it. */
    public void close(String why) {
        ClientCallStreamObserver<F> open = call;
        if (open != null) {
            open.cancel(why, null);
        }
    }

    private void open(
            F hello,
            BiConsumer<StageLinkGrpc.StageLinkStub, Answers> opener,
            StageLinkGrpc.StageLinkStub stub) {
        opener.accept(stub, new Answers());
        send(hello);
    }

    private final class Answers implements ClientResponseObserver<F, StageNotice> {
        @Override
        public void beforeStart(ClientCallStreamObserver<F> stream) {
            stream.setOnReadyHandler(() -> watcher.ready(OutLink.this));
            call = stream;
        }

        @Override
        public void onNext(StageNotice notice) {
            heardNanos = System.nanoTime();
            if (notice.hasAccepted()) {
                watcher.accepted(OutLink.this, notice.getAccepted().getKeptFrom());
            }
            if (notice.hasDemands()) {
                watcher.demanded(OutLink.this, notice.getDemands());
            }
        }

        @Override
        public void onError(Throwable thrown) {
            watcher.broken(OutLink.this, LinkLoss.of(thrown, toStage));
        }

        @Override
        public void onCompleted() {
            watcher.broken(OutLink.this, LinkLoss.unknown("ended by the other stage"));
        }
    }
}
