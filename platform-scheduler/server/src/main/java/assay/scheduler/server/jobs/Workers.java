package assay.scheduler.server.jobs;

import assay.scheduler.core.queue.JobId;
import assay.scheduler.core.queue.Lease;
import assay.scheduler.core.queue.WorkerId;
import assay.scheduler.server.ErrorCode;
import assay.scheduler.server.jobs.JobControl.Outcome;
import assay.scheduler.v1.JobHeader;
import assay.scheduler.v1.LeaseRevoked;
import assay.scheduler.v1.LeaseSettled;
import assay.scheduler.v1.LeasedItem;
import assay.scheduler.v1.LeasedItems;
import assay.scheduler.v1.WorkMessage;
import assay.scheduler.v1.WorkWelcome;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The gateways that are here, and what each is to be told when the round is stored. Confined to the
 * job loop.
 */
final class Workers {
    /** Payloads in one message; a gateway takes messages of 4 MiB. */
    private static final int MESSAGE_BYTES = 2 << 20;

    private final Function<JobId, JobHeader> stored;
    private final long epoch;
    private final Map<WorkerId, WorkerLink> links = new HashMap<>();
    private final Map<JobId, JobHeader> headers = new HashMap<>();
    private final List<Runnable> news = new ArrayList<>();

    /**
     * None is here.
     *
     * @param stored the header of a job
     * @param epoch of the scheduler's term
     */
    Workers(Function<JobId, JobHeader> stored, long epoch) {
        this.stored = stored;
        this.epoch = epoch;
    }

    int count() {
        return links.size();
    }

    /** A newer stream of a gateway ends its older one. */
    void open(WorkerLink link) {
        WorkerLink older = links.put(link.worker(), link);
        if (older != null && older != link) {
            news.add(() -> older.end(ErrorCode.SESSION_REPLACED, "a newer stream came"));
        }
    }

    boolean isOpen(WorkerLink link) {
        return links.get(link.worker()) == link;
    }

    /** Whether it was the gateway's newest stream. */
    boolean close(WorkerLink link) {
        return links.remove(link.worker(), link);
    }

    /** Ends all streams; what was to be told is not. */
    void sendAway() {
        news.clear();
        headers.clear();
        links.values()
                .forEach(link ->
                        link.end(ErrorCode.SCHEDULER_BUSY, "the database is away; come again"));
        links.clear();
    }

    void forget(JobId job) {
        headers.remove(job);
    }

    /** Tells what was put by. */
    void tell() {
        news.forEach(Runnable::run);
        news.clear();
    }

    void welcome(WorkerLink link, Duration leaseTime, List<ItemKey> gone) {
        var welcome = WorkWelcome.newBuilder().setLeaseMillis(leaseTime.toMillis()).setEpoch(epoch);
        gone.forEach(key -> welcome.addGone(revoked(key, "LEASE_EXPIRED")));
        say(link, WorkMessage.newBuilder().setWelcome(welcome).build());
    }

    void settled(WorkerLink link, ItemKey key, Outcome outcome) {
        var settled =
                LeaseSettled.newBuilder()
                        .setLease(JobMessages.key(key))
                        .setOutcome(
                                switch (outcome) {
                                    case STORED -> LeaseSettled.Outcome.OUTCOME_STORED;
                                    case REFUSED -> LeaseSettled.Outcome.OUTCOME_REFUSED;
                                    case INVALID -> LeaseSettled.Outcome.OUTCOME_INVALID;
                                });
        say(link, WorkMessage.newBuilder().setSettled(settled).build());
    }

    void revoke(Lease lease, String reason) {
        revoke(
                links.get(lease.worker()),
                new ItemKey(lease.job(), lease.index(), lease.id()),
                reason);
    }

    void revoke(@Nullable WorkerLink link, ItemKey key, String reason) {
        if (link != null) {
            say(link, WorkMessage.newBuilder().setRevoked(revoked(key, reason)).build());
        }
    }

    private static LeaseRevoked revoked(ItemKey key, String reason) {
        return LeaseRevoked.newBuilder().setLease(JobMessages.key(key)).setReason(reason).build();
    }

    void give(WorkerId worker, JobId job, List<BegunItem> items) {
        WorkerLink link = links.get(worker);
        if (link == null) {
            throw new IllegalStateException("gateway " + worker + " is not here");
        }
        LeasedItems empty =
                LeasedItems.newBuilder()
                        .setJobId(job.toString())
                        .setJob(headers.computeIfAbsent(job, stored))
                        .setEpoch(epoch)
                        .build();
        var message = empty.toBuilder();
        int bytes = 0;
        for (BegunItem item : items) {
            int size = item.payload().getBytes(StandardCharsets.UTF_8).length;
            if (bytes > 0 && bytes + size > MESSAGE_BYTES) {
                say(link, WorkMessage.newBuilder().setLeased(message).build());
                message = empty.toBuilder();
                bytes = 0;
            }
            bytes += size;
            message.addItems(
                    LeasedItem.newBuilder()
                            .setLease(JobMessages.key(item.key()))
                            .setItemId(item.itemId())
                            .setPayloadJson(item.payload())
                            .setAttempt(item.attempt()));
        }
        say(link, WorkMessage.newBuilder().setLeased(message).build());
    }

    private void say(WorkerLink link, WorkMessage message) {
        news.add(() -> link.send(message));
    }
}
