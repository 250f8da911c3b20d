package assay.agent.link;

import assay.agent.fault.AgentException;
import assay.agent.fault.GrpcFaults;
import assay.stage.v1.Demands;
import assay.stage.v1.LinkAccepted;
import assay.stage.v1.StageNotice;
import io.grpc.stub.ServerCallStreamObserver;

/** The answering side of one link that another stage opened. Thread-safe. */
public final class InLink {
    private final ServerCallStreamObserver<StageNotice> out;
    private boolean over;

    InLink(ServerCallStreamObserver<StageNotice> out) {
        this.out = out;
    }

    /**
     * Says that this stage, and all behind it, is ready for the epoch.
     *
     * @param keptFrom the first stage that, with all behind it, has what the lineage left there
     */
    public synchronized void accept(long epoch, int keptFrom) {
        if (!over) {
            out.onNext(
                    StageNotice.newBuilder()
                            .setAccepted(
                                    LinkAccepted.newBuilder()
                                            .setEpoch(epoch)
                                            .setKeptFrom(keptFrom))
                            .build());
        }
    }

    /**
     * Gives a sign of life, but for while the other end takes nothing.
     *
     * @return false when the link is over
     */
    synchronized boolean alive() {
        if (!over && out.isReady()) {
            out.onNext(StageNotice.newBuilder().setAlive(true).build());
        }
        return !over;
    }

    /** Tells the last stage what to answer; from the head. */
    public synchronized void demand(Demands demands) {
        if (!over) {
            out.onNext(StageNotice.newBuilder().setDemands(demands).build());
        }
    }

    /** Lets the other side send so many frames more: this is the backpressure. */
    public synchronized void more(int frames) {
        if (!over) {
            out.request(frames);
        }
    }

    /** Ends the link with a reason. */
    public synchronized void fail(AgentException fault) {
        if (!over) {
            over = true;
            out.onError(GrpcFaults.toGrpc(fault));
        }
    }

    /** The other side ended it. */
    synchronized void ended(boolean answer) {
        if (!over) {
            over = true;
            if (answer) {
                out.onCompleted();
            }
        }
    }
}
