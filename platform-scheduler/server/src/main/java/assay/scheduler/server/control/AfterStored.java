package assay.scheduler.server.control;

import assay.agent.v1.SchedulerMessage;
import assay.scheduler.core.cluster.Epoch;
import assay.scheduler.core.cluster.ReplicaId;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * What waits until it is stored: messages to nodes that tell of an epoch, routes of that epoch, and
 * answers to calls. Confined to the control loop.
 */
final class AfterStored {
    /** A message, and the write that must be stored before. */
    private record Untold(long write, NodeLink link, SchedulerMessage message) {}

    /** A call, and the write that must be stored before it is answered. */
    private record Unanswered(long write, CompletableFuture<Boolean> answer) {}

    private final StoreQueue store;
    private final Deque<Untold> untold = new ArrayDeque<>();
    private final Deque<Unanswered> unanswered = new ArrayDeque<>();
    private final Map<ReplicaId, Epoch> epochs = new HashMap<>();
    private final Map<ReplicaId, Long> unstored = new HashMap<>();

    AfterStored(StoreQueue store) {
        this.store = store;
    }

    /** Tells a node when everything that was decided so far is stored; void with its session. */
    void tell(NodeLink link, SchedulerMessage message) {
        untold.add(new Untold(store.newest(), link, message));
    }

    /** Completed when everything that was decided so far is stored. */
    CompletableFuture<Boolean> answer() {
        var answer = new CompletableFuture<Boolean>();
        unanswered.add(new Unanswered(store.newest(), answer));
        return answer;
    }

    /** A replica was put into the queue with this epoch. */
    void put(ReplicaId replica, Epoch epoch) {
        if (!epoch.equals(epochs.put(replica, epoch))) {
            unstored.put(replica, store.newest());
        }
    }

    void forget(ReplicaId replica) {
        epochs.remove(replica);
        unstored.remove(replica);
    }

    /** Replicas whose newest epoch is not stored yet: nobody may hear of it. */
    Set<ReplicaId> unstored() {
        return Collections.unmodifiableSet(unstored.keySet());
    }

    /** Lets go what is stored by now; whether there are epochs among it. */
    boolean flush() {
        long durable = store.durable();
        while (!untold.isEmpty() && untold.getFirst().write() <= durable) {
            Untold next = untold.removeFirst();
            next.link().send(next.message());
        }
        while (!unanswered.isEmpty() && unanswered.getFirst().write() <= durable) {
            unanswered.removeFirst().answer().complete(true);
        }
        return unstored.values().removeIf(write -> write <= durable);
    }
}
