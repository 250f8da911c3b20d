package assay.agent.host;

import assay.agent.fault.AgentException;
import assay.agent.host.StageLifecycle.Event;
import assay.agent.host.StageLifecycle.State;
import assay.agent.metrics.StageMeters;
import assay.agent.stages.LoadedStage;
import assay.agent.stages.StageLoop;
import assay.agent.v1.AssignStage;
import assay.agent.v1.StageReport;
import assay.agent.v1.StageState;
import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One stage on this node. What it is to be, and how far it is, is confined to the control loop; the
 * layers and the loop are confined to its work, which runs on one virtual thread after the other: a
 * newer order interrupts the work of the older one and waits for its end.
 */
final class HostedStage {
    private static final Logger LOG = LoggerFactory.getLogger(HostedStage.class);
    private static final long REPORT_BYTES = 32L << 20;

    private final StageSurroundings around;
    private final StageLifecycle lifecycle = new StageLifecycle();
    private AssignStage order;
    private int turn; // counts orders: what an older one's work tells is dropped
    private @Nullable Thread worker;
    private long fetchedBytes;
    private String errorCode = "";
    private String errorDetail = "";

    private @Nullable LoadedStage loaded; // of the work
    private @Nullable AssignStage loadedOrder; // of the work
    private @Nullable StageLoop<?> loop; // of the work
    private @Nullable StageMeters meters; // of the work
    private volatile long stageBytes;
    private volatile long weightBytes;

    HostedStage(AssignStage order, StageSurroundings around) {
        this.order = order;
        this.around = around;
    }

    AssignStage order() {
        return order;
    }

    State state() {
        return lifecycle.state();
    }

    /** Weights and KV that are held now. From any thread. */
    long stageBytes() {
        return stageBytes;
    }

    /** The scheduler wants this. */
    void assign(AssignStage wanted) {
        boolean rebind = lifecycle.state() == State.LOADED && sameLayers(order, wanted);
        order = wanted;
        int mine = ++turn;
        errorCode = "";
        errorDetail = "";
        lifecycle.apply(rebind ? Event.REBOUND : Event.ASSIGNED);
        work(wanted, () -> bring(mine, wanted));
    }

    /**
     * The scheduler does not want it any more, or the agent stops. The thread ends when all is
     * free.
     */
    Thread release() {
        lifecycle.apply(Event.RELEASED);
        turn++;
        return work(
                order,
                () -> {
                    unload();
                    around.control().execute(() -> around.released(this));
                });
    }

    StageReport report() {
        StageReport.Builder report =
                StageReport.newBuilder()
                        .setReplicaId(order.getReplicaId())
                        .setEpoch(order.getEpoch())
                        .setStageIndex(order.getStageIndex())
                        .setState(wire(lifecycle.state()))
                        .setFetchedBytes(fetchedBytes)
                        .setTotalBytes(totalBytes(order))
                        .setErrorCode(errorCode)
                        .setErrorDetail(errorDetail)
                        .setFirstLayer(order.getFirstLayer())
                        .setEndLayer(order.getEndLayer());
        if (lifecycle.state() == State.LOADED) {
            report.setWeightBytes(weightBytes);
        }
        return report.build();
    }

    private interface Work {
        void run() throws InterruptedException;
    }

    private Thread work(AssignStage of, Work work) {
        Thread before = worker;
        if (before != null) {
            before.interrupt();
        }
        Thread next =
                Thread.ofVirtual()
                        .name("loader")
                        .start(() -> {
                            try (var _ = StageMarks.of(of)) {
                                if (before != null) {
                                    before.join();
                                }
                                work.run();
                            } catch (InterruptedException e) {
                                LOG.debug("work on a stage was overtaken");
                            }
                        });
        worker = next;
        return next;
    }

    private void bring(int mine, AssignStage wanted) throws InterruptedException {
        try {
            AssignStage had = loadedOrder;
            if (had != null && !sameLayers(had, wanted)) {
                unload();
            }
            LoadedStage layers = loaded;
            StageLoop<?> running = loop;
            if (layers != null && running != null) {
                around.moveLoop(running, wanted, layers);
                tell(mine, wanted, Event.FILES_HERE);
                tell(mine, wanted, Event.READY);
                return;
            }
            if (layers == null) {
                Path folder = around.loader().fetch(wanted, progress(mine));
                tell(mine, wanted, Event.FILES_HERE);
                layers = around.loader().load(wanted, folder);
                loaded = layers;
                loadedOrder = wanted;
                stageBytes = layers.stageBytes();
                weightBytes = layers.stage().weightBytes();
            } else {
                tell(mine, wanted, Event.FILES_HERE);
            }
            StageMeters figures = meters == null ? around.meters(wanted) : meters;
            meters = figures;
            loop = around.startLoop(wanted, layers, figures);
            tell(mine, wanted, Event.READY);
        } catch (AgentException e) {
            fault(mine, wanted, e.code().name(), e.detail());
        } catch (EngineException e) {
            String detail = String.valueOf(e.getMessage());
            if (e.code() == ErrorCode.OUT_OF_MEMORY) {
                around.outOfMemory(wanted, detail);
            }
            fault(mine, wanted, e.code().name(), detail);
        } catch (IllegalArgumentException e) {
            fault(mine, wanted, "REQUEST_INVALID", String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            LOG.atError()
                    .addKeyValue("event.code", "ENGINE_FAILED")
                    .setCause(e)
                    .log("{}: unforeseen", name(wanted));
            fault(mine, wanted, "ENGINE_FAILED", e.toString());
        }
    }

    private void endLoop() throws InterruptedException {
        StageLoop<?> running = loop;
        if (running != null) {
            around.loopEnds(running);
            running.stop();
            loop = null;
        }
        if (meters != null) {
            meters.loopEnded();
        }
    }

    private void unload() throws InterruptedException {
        endLoop();
        LoadedStage layers = loaded;
        if (layers != null) {
            loaded = null;
            loadedOrder = null;
            stageBytes = 0;
            weightBytes = 0;
            layers.close();
        }
        StageMeters figures = meters;
        if (figures != null) {
            meters = null;
            figures.close();
        }
    }

    /** To the control loop, as far as the order still stands. */
    private void tell(int mine, AssignStage wanted, Event event) {
        around.control()
                .execute(() -> {
                    Optional<State> next = StageLifecycle.next(lifecycle.state(), event);
                    if (turn == mine && next.isPresent()) {
                        lifecycle.apply(event);
                        if (event == Event.READY) {
                            fetchedBytes = totalBytes(wanted);
                        }
                        try (var _ = StageMarks.of(wanted)) {
                            LOG.info("{}: {}", name(wanted), lifecycle.state());
                        }
                        around.report(report());
                    }
                });
    }

    private void fault(int mine, AssignStage wanted, String code, String detail) {
        around.control()
                .execute(() -> {
                    if (turn == mine) {
                        lifecycle.apply(Event.FAULT);
                        errorCode = code;
                        errorDetail = detail;
                        logFault(wanted, code, detail);
                        around.report(report());
                    }
                });
    }

    /** A structured event: what happened, and the device, model and stage it happened to. */
    static void logFault(AssignStage order, String code, String detail) {
        try (var _ = StageMarks.of(order)) {
            LOG.atError()
                    .addKeyValue("event.action", "stage-failed")
                    .addKeyValue("event.code", code)
                    .log("{}: FAILED {} {}", name(order), code, detail);
        }
    }

    private java.util.function.LongConsumer progress(int mine) {
        long[] told = {-REPORT_BYTES};
        return bytes -> {
            if (bytes - told[0] >= REPORT_BYTES) {
                told[0] = bytes;
                around.control()
                        .execute(() -> {
                            if (turn == mine && lifecycle.state() == State.FETCHING) {
                                fetchedBytes = bytes;
                                around.report(report());
                            }
                        });
            }
        };
    }

    static String name(AssignStage order) {
        return "replica %s epoch %d stage %d of %d, layers %d..%d"
                .formatted(
                        order.getReplicaId(),
                        order.getEpoch(),
                        order.getStageIndex(),
                        order.getStageCount(),
                        order.getFirstLayer(),
                        order.getEndLayer());
    }

    private static long totalBytes(AssignStage order) {
        return order.getFilesList().stream().mapToLong(f -> f.getBytes()).sum();
    }

    /** Whether the layers that are loaded for one order serve the other. */
    private static boolean sameLayers(AssignStage a, AssignStage b) {
        return withoutPlace(a).equals(withoutPlace(b));
    }

    private static AssignStage withoutPlace(AssignStage order) {
        return order.toBuilder()
                .clearEpoch()
                .clearNextAddress()
                .clearHeadAddress()
                .clearWireType()
                .clearLinkLanes()
                .build();
    }

    private static StageState wire(State state) {
        return switch (state) {
            case ABSENT -> StageState.STAGE_STATE_UNSPECIFIED;
            case FETCHING -> StageState.STAGE_STATE_FETCHING;
            case LOADING -> StageState.STAGE_STATE_LOADING;
            case LOADED -> StageState.STAGE_STATE_LOADED;
            case FAILED -> StageState.STAGE_STATE_FAILED;
            case RELEASED -> StageState.STAGE_STATE_RELEASED;
        };
    }
}
