package assay.scheduler.server.jobs;

import assay.scheduler.core.queue.WorkerId;
import assay.scheduler.server.SchedulerException;
import assay.scheduler.server.jobs.JobControl.Said;
import assay.scheduler.server.rpc.CallGuard;
import assay.scheduler.v1.JobWorkGrpc;
import assay.scheduler.v1.LeaseKey;
import assay.scheduler.v1.WorkMessage;
import assay.scheduler.v1.WorkerHello;
import assay.scheduler.v1.WorkerMessage;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The streams by which gateways work items off. Each runs on its call's thread, checks what the
 * gateway says and posts it; a message that can not be understood ends the stream and nothing else.
 */
final class JobWorkService extends JobWorkGrpc.JobWorkImplBase {
    private static final Logger LOG = LoggerFactory.getLogger(JobWorkService.class);
    private static final int MOST_LEASES = 10_000;
    private static final int MOST_ROOM = 1_024;

    private final JobLoop loop;
    private final JobMessages messages;

    JobWorkService(JobLoop loop, JobMessages messages) {
        this.loop = loop;
        this.messages = messages;
    }

    @Override
    public StreamObserver<WorkerMessage> work(StreamObserver<WorkMessage> answer) {
        var out = (ServerCallStreamObserver<WorkMessage>) answer;
        var link = new WorkerLink(new WorkerId(CallGuard.CALLER.get().id()), out);
        var session = new Session(link);
        out.setOnCancelHandler(session::over);
        return session;
    }

    /** One stream. gRPC calls it from one thread at a time. */
    private final class Session implements StreamObserver<WorkerMessage> {
        private final WorkerLink link;
        private boolean welcomed;

        Session(WorkerLink link) {
            this.link = link;
        }

        @Override
        public void onNext(WorkerMessage message) {
            try {
                take(message);
            } catch (SchedulerException e) {
                link.end(e.code(), String.valueOf(e.getMessage()));
                over();
            }
        }

        private void take(WorkerMessage message) {
            boolean hello = message.getMessageCase() == WorkerMessage.MessageCase.HELLO;
            if (hello == welcomed) {
                throw JobMessages.broken("the first message, and no other, is the hello");
            }
            switch (message.getMessageCase()) {
                case HELLO -> hello(message.getHello());
                case OFFER -> {
                    var offer = JobMessages.offer(message.getOffer());
                    var _ = loop.post((control, now) -> control.offer(link, offer));
                }
                case READY -> {
                    int more = message.getReady().getMore();
                    if (more < 1 || more > MOST_ROOM) {
                        throw JobMessages.broken("more: " + more + " (expected: 1..1024)");
                    }
                    var _ = loop.post((control, now) -> control.ready(link, more));
                }
                case SUCCESS -> {
                    var success = message.getSuccess();
                    ended(success.getLease(), messages.said(success));
                }
                case FAILURE -> {
                    var failure = message.getFailure();
                    ended(failure.getLease(), JobMessages.said(failure));
                }
                case GIVE_BACK -> {
                    var giveBack = message.getGiveBack();
                    ended(giveBack.getLease(), JobMessages.said(giveBack));
                }
                case RENEWAL -> {
                    var keys = keys(message.getRenewal().getLeasesList());
                    var _ = loop.post((control, now) -> control.renew(link, keys, now));
                }
                case MESSAGE_NOT_SET -> LOG.debug("a message of a newer gateway was skipped");
            }
        }

        private void hello(WorkerHello hello) {
            var offer = JobMessages.offer(hello.getOffer());
            var held = keys(hello.getHeldList());
            welcomed = true;
            var _ = loop.post((control, now) -> control.hello(link, offer, held, now));
        }

        private void ended(LeaseKey lease, Said said) {
            ItemKey key = JobMessages.key(lease);
            var _ = loop.post((control, now) -> control.ended(link, key, said, now));
        }

        private static List<ItemKey> keys(List<LeaseKey> keys) {
            if (keys.size() > MOST_LEASES) {
                throw JobMessages.broken("leases: " + keys.size() + " (expected: 0..10000)");
            }
            return keys.stream().map(JobMessages::key).toList();
        }

        @Override
        public void onError(Throwable failure) {
            over();
        }

        @Override
        public void onCompleted() {
            link.complete();
            over();
        }

        private void over() {
            if (welcomed) {
                try {
                    var _ = loop.post((control, now) -> control.closed(link));
                } catch (SchedulerException e) {
                    LOG.debug("the end of a stream was not posted: {}", e.getMessage());
                }
            }
        }
    }
}
