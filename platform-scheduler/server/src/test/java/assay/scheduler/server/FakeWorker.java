package assay.scheduler.server;

import assay.scheduler.v1.ItemSuccess;
import assay.scheduler.v1.ItemUse;
import assay.scheduler.v1.JobKind;
import assay.scheduler.v1.JobWorkGrpc;
import assay.scheduler.v1.LeaseKey;
import assay.scheduler.v1.LeaseSettled;
import assay.scheduler.v1.LeasedItem;
import assay.scheduler.v1.LeasedItems;
import assay.scheduler.v1.WorkMessage;
import assay.scheduler.v1.WorkWelcome;
import assay.scheduler.v1.WorkerHello;
import assay.scheduler.v1.WorkerMessage;
import assay.scheduler.v1.WorkerOffer;
import assay.scheduler.v1.WorkerReady;
import io.grpc.ManagedChannel;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A gateway that works items off as soon as it gets them, the way it is told. What was not
 * acknowledged it says again after it comes back, as a real one does. Thread-safe.
 */
final class FakeWorker implements AutoCloseable {
    /** An item, with the job it is of. */
    record Given(LeasedItems job, LeasedItem item) {}

    private final Peer identity;
    private final String model;
    private final int slots;
    private final Function<Given, @Nullable WorkerMessage> work;
    private final Map<LeaseKey, @Nullable WorkerMessage> held = new LinkedHashMap<>();
    private final Queue<Given> given = new ConcurrentLinkedQueue<>();
    private final Queue<WorkMessage> heard = new ConcurrentLinkedQueue<>();
    private final Map<LeaseKey, String> stored = new ConcurrentHashMap<>();

    private @Nullable ManagedChannel channel;
    private @Nullable StreamObserver<WorkerMessage> out;
    private long life;
    private volatile @Nullable Throwable error;

    /**
     * Not connected yet.
     *
     * @param model that it has routes for
     * @param slots items at once
     * @param work what is said of an item; null keeps it under way
     */
    FakeWorker(
            Peer identity, String model, int slots, Function<Given, @Nullable WorkerMessage> work) {
        this.identity = identity;
        this.model = model;
        this.slots = slots;
        this.work = work;
    }

    /** What a worker says that did an item in a hundredth of a second with ten tokens. */
    static WorkerMessage done(Given it) {
        return WorkerMessage.newBuilder()
                .setSuccess(
                        ItemSuccess.newBuilder()
                                .setLease(it.item().getLease())
                                .setOutputJson("{\"of\":\"" + it.item().getItemId() + "\"}")
                                .setUse(ItemUse.newBuilder().setWorkedMillis(10).setTokens(10)))
                .build();
    }

    static WorkerOffer offer(String... models) {
        return WorkerOffer.newBuilder()
                .addKinds(JobKind.JOB_KIND_GENERATE)
                .addKinds(JobKind.JOB_KIND_VERIFY)
                .addAllModels(List.of(models))
                .build();
    }

    /** Opens a stream with what is held. */
    synchronized void connect(RunningScheduler scheduler) throws IOException {
        die();
        error = null;
        ManagedChannel opened = identity.channel(scheduler);
        channel = opened;
        long own = life;
        out = JobWorkGrpc.newStub(opened).work(new Listener(own));
        say(
                WorkerMessage.newBuilder()
                        .setHello(
                                WorkerHello.newBuilder()
                                        .setOffer(offer(model))
                                        .addAllHeld(held.keySet()))
                        .build());
    }

    /** The process is killed: nothing is said, nothing is remembered. */
    synchronized void kill() {
        die();
        held.clear();
    }

    /** The connection is cut; what it holds it keeps. */
    synchronized void die() {
        life++;
        out = null;
        if (channel != null) {
            channel.shutdownNow();
            channel = null;
        }
    }

    @Override
    public void close() {
        kill();
    }

    synchronized void say(WorkerMessage message) {
        if (out != null) {
            out.onNext(message);
        }
    }

    /** Says of an item what it should have said at once. */
    synchronized void end(Given it, WorkerMessage message) {
        if (held.put(it.item().getLease(), message) == null) {
            ready(1);
        }
        say(message);
    }

    Queue<Given> given() {
        return given;
    }

    Queue<WorkMessage> heard() {
        return heard;
    }

    @Nullable Throwable error() {
        return error;
    }

    /** The leases whose results were acknowledged as stored, and their outputs. */
    Map<LeaseKey, String> stored() {
        return stored;
    }

    private final class Listener implements StreamObserver<WorkMessage> {
        private final long own;

        Listener(long own) {
            this.own = own;
        }

        @Override
        public void onNext(WorkMessage message) {
            synchronized (FakeWorker.this) {
                if (own != life) {
                    return;
                }
                heard.add(message);
                switch (message.getMessageCase()) {
                    case WELCOME -> welcomed(message.getWelcome());
                    case LEASED ->
                            message.getLeased()
                                    .getItemsList()
                                    .forEach(item -> take(new Given(message.getLeased(), item)));
                    case SETTLED -> settled(message.getSettled());
                    case REVOKED -> free(message.getRevoked().getLease());
                    case MESSAGE_NOT_SET -> {}
                }
            }
        }

        @Override
        public void onError(Throwable failure) {
            error = failure;
        }

        @Override
        public void onCompleted() {}
    }

    private void welcomed(WorkWelcome welcome) {
        List<WorkerMessage> unsettled = new ArrayList<>();
        held.values()
                .forEach(message -> {
                    if (message != null) {
                        unsettled.add(message);
                    }
                });
        unsettled.forEach(this::say);
        welcome.getGoneList().stream()
                .map(gone -> gone.getLease())
                .filter(lease -> held.get(lease) == null)
                .forEach(held::remove);
        long busy = held.values().stream().filter(Objects::isNull).count();
        ready(slots - Math.toIntExact(busy));
    }

    private void ready(int more) {
        if (more > 0) {
            say(
                    WorkerMessage.newBuilder()
                            .setReady(WorkerReady.newBuilder().setMore(more))
                            .build());
        }
    }

    private void take(Given it) {
        given.add(it);
        WorkerMessage message = work.apply(it);
        held.put(it.item().getLease(), message);
        if (message != null) {
            say(message);
            ready(1); // the slot is free before the result is acknowledged
        }
    }

    private void settled(LeaseSettled settled) {
        WorkerMessage said = held.get(settled.getLease());
        if (settled.getOutcome() == LeaseSettled.Outcome.OUTCOME_STORED
                && said != null
                && said.hasSuccess()) {
            stored.put(settled.getLease(), said.getSuccess().getOutputJson());
        }
        free(settled.getLease());
    }

    private void free(LeaseKey lease) {
        if (held.containsKey(lease) && held.remove(lease) == null) {
            ready(1);
        }
    }
}
