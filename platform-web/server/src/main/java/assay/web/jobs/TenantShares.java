package assay.web.jobs;

import assay.scheduler.v1.JobsGrpc;
import assay.scheduler.v1.JobsGrpc.JobsBlockingStub;
import assay.scheduler.v1.ListTenantSharesRequest;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.peer.PeerChannels;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.springframework.stereotype.Component;

/**
 * How the work of all tenants' jobs is shared. Needs {@code batch:share}, which is for who runs the
 * platform. Thread-safe.
 */
@Component
public class TenantShares {
    private static final Duration ANSWER = Duration.ofSeconds(20);

    private final PeerChannels channels;
    private final JobAudit audit;

    TenantShares(PeerChannels channels, JobAudit audit) {
        this.channels = channels;
        this.audit = audit;
    }

    /** Of the tenants that ever had a job or were given a share; all others have weight 1. */
    public List<TenantShare> list(Caller caller) {
        caller.require(Permission.BATCH_SHARE);
        return ask(stub -> stub.listTenantShares(ListTenantSharesRequest.getDefaultInstance()))
                .getSharesList()
                .stream()
                .map(TenantShares::share)
                .toList();
    }

    /** Sets it from now on, for jobs that are there as well. */
    public TenantShare set(Jobs.Call call, TenantShare share) {
        try {
            return audit.record(
                    call,
                    "share",
                    share.tenantId().toString(),
                    details -> {
                        call.caller().require(Permission.BATCH_SHARE);
                        details.put("weight", share.weight());
                        details.put("most_running", share.mostRunning());
                        return share(ask(stub -> stub.setTenantShare(wire(share))));
                    });
        } catch (IOException e) {
            throw new UncheckedIOException("nothing was read", e);
        }
    }

    private static assay.scheduler.v1.TenantShare wire(TenantShare share) {
        return assay.scheduler.v1.TenantShare.newBuilder()
                .setTenantId(share.tenantId().toString())
                .setWeight(share.weight())
                .setMostRunning(share.mostRunning())
                .build();
    }

    private static TenantShare share(assay.scheduler.v1.TenantShare wire) {
        return new TenantShare(
                UUID.fromString(wire.getTenantId()), wire.getWeight(), wire.getMostRunning());
    }

    private <T> T ask(Function<JobsBlockingStub, T> question) {
        try {
            return question.apply(
                    JobsGrpc.newBlockingStub(channels.scheduler())
                            .withDeadlineAfter(ANSWER.toMillis(), TimeUnit.MILLISECONDS));
        } catch (StatusRuntimeException e) {
            throw SchedulerFaults.of(e);
        }
    }
}
