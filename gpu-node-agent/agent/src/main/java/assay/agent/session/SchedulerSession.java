package assay.agent.session;

import assay.agent.fault.GrpcFaults;
import assay.agent.v1.ChainReport;
import assay.agent.v1.DeviceEvent;
import assay.agent.v1.Heartbeat;
import assay.agent.v1.NodeMessage;
import assay.agent.v1.NodeSessionGrpc;
import assay.agent.v1.ProbeReport;
import assay.agent.v1.SchedulerMessage;
import assay.agent.v1.StageReport;
import assay.agent.v1.Welcome;
import io.grpc.ManagedChannel;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Dials the scheduler, says hello, beats, and dials again for ever when the stream breaks.
 *
 * <p>Confined to the control loop: messages of gRPC's threads are handed over to it. Reports that
 * are made while no session is open are not kept, because the next hello tells all stages as they
 * are then.
 */
public final class SchedulerSession {
    private static final Logger LOG = LoggerFactory.getLogger(SchedulerSession.class);
    private static final Duration FIRST_ANSWER = Duration.ofSeconds(10);

    private final ManagedChannel channel;
    private final ScheduledExecutorService loop;
    private final NodeStatus status;
    private final NodeCommands commands;
    private final Backoff backoff;

    private @Nullable Stream stream;
    private boolean stopped;

    /** Will speak over that channel, on that single-threaded loop. */
    public SchedulerSession(
            ManagedChannel channel,
            ScheduledExecutorService loop,
            NodeStatus status,
            NodeCommands commands,
            Backoff backoff) {
        this.channel = channel;
        this.loop = loop;
        this.status = status;
        this.commands = commands;
        this.backoff = backoff;
    }

    /** Begins; returns at once. */
    public void start() {
        loop.execute(this::dial);
    }

    /** Ends the session for good. On the control loop. */
    public void stop() {
        stopped = true;
        if (stream != null) {
            stream.end();
        }
    }

    /** Tells a stage's state. On the control loop. */
    public void report(StageReport report) {
        if (stream != null && stream.welcomed) {
            stream.send(NodeMessage.newBuilder().setStage(report).build());
        }
    }

    /** Tells how a probe went. On the control loop. */
    public void report(ProbeReport report) {
        if (stream != null && stream.welcomed) {
            stream.send(NodeMessage.newBuilder().setProbe(report).build());
        }
    }

    /** Tells whether all stages of a replica answer its head. On the control loop. */
    public void report(ChainReport report) {
        if (stream != null && stream.welcomed) {
            stream.send(NodeMessage.newBuilder().setChain(report).build());
        }
    }

    /** Tells what happened to a device. Any thread. */
    public void report(DeviceEvent event) {
        handOver(
                loop,
                () -> {
                    if (stream != null && stream.welcomed) {
                        stream.send(NodeMessage.newBuilder().setDeviceEvent(event).build());
                    }
                });
    }

    private void dial() {
        if (stopped) {
            return;
        }
        channel.resetConnectBackoff(); // our own waits are the ones that count
        Stream opened = new Stream();
        stream = opened;
        opened.open();
    }

    private void lost(Stream which, String why) {
        if (stream != which) {
            return;
        }
        stream = null;
        which.end();
        if (!stopped) {
            Duration wait = backoff.next();
            LOG.info(
                    "session to the scheduler ended ({}), next try in {} ms", why, wait.toMillis());
            Future<?> _ = loop.schedule(this::dial, wait.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    /** One attempt. All but the three observer methods runs on the control loop. */
    private final class Stream implements StreamObserver<SchedulerMessage> {
        private @Nullable StreamObserver<NodeMessage> out;
        private @Nullable Future<?> timer;
        private boolean welcomed;
        private boolean ended;
        private long sequence;

        void open() {
            out = NodeSessionGrpc.newStub(channel).session(this);
            timer =
                    loop.schedule(
                            () -> lost(this, "no welcome"),
                            FIRST_ANSWER.toMillis(),
                            TimeUnit.MILLISECONDS);
            send(
                    NodeMessage.newBuilder()
                            .setHello(
                                    status.fixed().toBuilder()
                                            .addAllDevices(status.devices())
                                            .addAllStages(status.stages()))
                            .build());
        }

        @Override
        public void onNext(SchedulerMessage message) {
            hand(() -> receive(message));
        }

        @Override
        public void onError(Throwable thrown) {
            hand(() -> lost(this, GrpcFaults.line(thrown)));
        }

        @Override
        public void onCompleted() {
            hand(() -> lost(this, "closed by the scheduler"));
        }

        private void receive(SchedulerMessage message) {
            if (stream != this) {
                return;
            }
            switch (message.getMessageCase()) {
                case WELCOME -> welcome(message.getWelcome());
                case ASSIGN -> commands.assign(message.getAssign());
                case RELEASE -> commands.release(message.getRelease());
                case PROBE -> commands.probe(message.getProbe());
                case MESSAGE_NOT_SET -> LOG.warn("unknown message from the scheduler, ignored");
            }
        }

        private void welcome(Welcome welcome) {
            if (timer != null) {
                timer.cancel(false);
            }
            welcomed = true;
            backoff.reset();
            long millis = Math.clamp(welcome.getHeartbeatIntervalMillis(), 100, 60_000);
            LOG.info("session open as node {}, beating each {} ms", welcome.getNodeId(), millis);
            // Stages may have changed between hello and welcome, when reports are not yet sent.
            status.stages().forEach(s -> send(NodeMessage.newBuilder().setStage(s).build()));
            timer = loop.scheduleAtFixedRate(this::beat, millis, millis, TimeUnit.MILLISECONDS);
        }

        private void beat() {
            Heartbeat.Builder beat =
                    Heartbeat.newBuilder()
                            .setSequence(++sequence)
                            .addAllDevices(status.deviceUse())
                            .addAllStages(status.stageUse());
            send(NodeMessage.newBuilder().setHeartbeat(beat).build());
        }

        private void send(NodeMessage message) {
            if (out != null && !ended) {
                out.onNext(message);
            }
        }

        private void end() {
            if (timer != null) {
                timer.cancel(false);
            }
            if (out != null && !ended) {
                ended = true;
                try {
                    out.onCompleted();
                } catch (IllegalStateException e) {
                    LOG.debug("session was closed already: {}", e.getMessage());
                }
            }
        }

        private void hand(Runnable work) {
            handOver(loop, work);
        }
    }

    private static void handOver(Executor loop, Runnable work) {
        try {
            loop.execute(work);
        } catch (RejectedExecutionException e) {
            LOG.debug("message after the end of the control loop, dropped");
        }
    }
}
