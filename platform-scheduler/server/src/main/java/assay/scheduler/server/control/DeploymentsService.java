package assay.scheduler.server.control;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeploymentId;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.LayerRange;
import assay.scheduler.core.cluster.ModelLayout;
import assay.scheduler.core.cluster.Precision;
import assay.scheduler.core.cluster.Precision.ActivationType;
import assay.scheduler.core.cluster.Precision.WeightType;
import assay.scheduler.core.reconcile.Order;
import assay.scheduler.server.ErrorCode;
import assay.scheduler.server.SchedulerException;
import assay.scheduler.server.rpc.Faults;
import assay.scheduler.v1.ApplyRequest;
import assay.scheduler.v1.Deployment;
import assay.scheduler.v1.DeploymentsGrpc;
import assay.scheduler.v1.ListReply;
import assay.scheduler.v1.ListRequest;
import assay.scheduler.v1.PlanReply;
import assay.scheduler.v1.RemoveReply;
import assay.scheduler.v1.RemoveRequest;
import assay.scheduler.v1.WakeReply;
import assay.scheduler.v1.WakeRequest;
import io.grpc.stub.StreamObserver;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** What shall run, as gateways say it. Checks on the call's thread, decides on the control loop. */
public final class DeploymentsService extends DeploymentsGrpc.DeploymentsImplBase {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
    private static final int MOST_REPLICAS = 1_000;
    private static final Bytes MOST_BYTES = Bytes.of(1L << 56);
    private static final int MOST_SEQUENCES = 100_000;
    private static final int MOST_PRIORITY = 1_000;

    private final ControlLoop loop;
    private final ClusterControl control;
    private final ModelCatalog catalog;
    private final ClusterStore stored;
    private final int defaultKvTokens;
    private final int defaultMaxSequences;

    public DeploymentsService(
            ControlLoop loop,
            ClusterControl control,
            ModelCatalog catalog,
            ClusterStore stored,
            int defaultKvTokens,
            int defaultMaxSequences) {
        this.loop = loop;
        this.control = control;
        this.catalog = catalog;
        this.stored = stored;
        this.defaultKvTokens = defaultKvTokens;
        this.defaultMaxSequences = defaultMaxSequences;
    }

    @Override
    public void apply(ApplyRequest request, StreamObserver<Deployment> answer) {
        Faults.answer(answer, () -> apply(request));
    }

    @SuppressWarnings("FutureReturnValueIgnored") // both futures are waited for
    private Deployment apply(ApplyRequest request) {
        ModelVersion version = version(request);
        check(request, version);
        Order asked = order(request, version);
        Order order = LoopAnswers.of(loop.ask(() -> known(asked)));
        LoopAnswers.stored(LoopAnswers.of(loop.ask(() -> control.apply(known(order), version))));
        return LoopAnswers.of(loop.ask(control::deployments)).stream()
                .filter(it -> it.getName().equals(request.getName()))
                .findFirst()
                .orElseThrow(() ->
                        new SchedulerException(
                                ErrorCode.DEPLOYMENT_UNKNOWN, "it was removed meanwhile"));
    }

    private ModelVersion version(ApplyRequest request) {
        return catalog.find(request.getModel(), request.getVersion())
                .orElseThrow(() ->
                        new SchedulerException(
                                ErrorCode.VERSION_UNKNOWN,
                                "model %s has no version %s"
                                        .formatted(request.getModel(), request.getVersion())));
    }

    @Override
    public void plan(ApplyRequest request, StreamObserver<PlanReply> answer) {
        Faults.answer(
                answer,
                () -> {
                    ModelVersion version = version(request);
                    check(request, version);
                    Order order = order(request, version);
                    return LoopAnswers.of(loop.ask(() -> control.plan(known(order).spec())));
                });
    }

    @Override
    public void wake(WakeRequest request, StreamObserver<WakeReply> answer) {
        Faults.answer(
                answer,
                () -> {
                    int serving =
                            LoopAnswers.of(
                                            loop.ask(() ->
                                                    control.wake(
                                                            request.getModel(),
                                                            request.getVersion())))
                                    .orElseThrow(() ->
                                            new SchedulerException(
                                                    ErrorCode.DEPLOYMENT_UNKNOWN,
                                                    "nothing runs model " + request.getModel()));
                    return WakeReply.newBuilder().setServingReplicas(serving).build();
                });
    }

    private static void check(ApplyRequest request, ModelVersion version) {
        if (!NAME.matcher(request.getName()).matches()) {
            throw invalid("name: not 1 to 128 letters, digits, dots, dashes");
        }
        ModelLayout layout = layout(request, version);
        int layers = layout.layerCount();
        if (request.getStages() < 0 || request.getStages() > layers) {
            throw new SchedulerException(
                    ErrorCode.STAGE_COUNT_INVALID,
                    "stages: %d (expected: 0..%d)".formatted(request.getStages(), layers));
        }
        if (request.getReplicas() < 1 || request.getReplicas() > MOST_REPLICAS) {
            throw invalid(
                    "replicas: %d (expected: 1..%d)"
                            .formatted(request.getReplicas(), MOST_REPLICAS));
        }
        if (Math.abs(request.getPriority()) > MOST_PRIORITY) {
            throw invalid(
                    "priority: %d (expected: %d..%d)"
                            .formatted(request.getPriority(), -MOST_PRIORITY, MOST_PRIORITY));
        }
        if (request.getKvTokens() < 0
                || request.getMaxSequences() < 0
                || request.getMaxSequences() > MOST_SEQUENCES) {
            throw invalid("kv tokens or sequences: below 0 or too many");
        }
        try {
            var all = new LayerRange(0, layers);
            Bytes kv = layout.kv(all, Math.max(1, request.getKvTokens()), MOST_SEQUENCES, false);
            if (layout.weights(all).plus(kv).isMoreThan(MOST_BYTES)) {
                throw invalid("bytes in all: more than " + MOST_BYTES);
            }
        } catch (ArithmeticException e) {
            throw invalid("bytes in all: more than 63 bits");
        }
    }

    /** With the id of the deployment of that name, if there is one. On the control loop. */
    private Order known(Order order) {
        DeploymentSpec spec = order.spec();
        DeploymentId id = control.deploymentId(spec.name(), spec.id());
        return id.equals(spec.id())
                ? order
                : new Order(
                        DeploymentMessages.under(id, spec), order.scaling(), order.replacement());
    }

    private Order order(ApplyRequest request, ModelVersion version) {
        int kvTokens =
                request.getKvTokens() > 0
                        ? request.getKvTokens()
                        : Math.max(defaultKvTokens, version.contextLength());
        int sequences =
                request.getMaxSequences() > 0 ? request.getMaxSequences() : defaultMaxSequences;
        var spec =
                new DeploymentSpec(
                        stored.deploymentId(request.getName()),
                        request.getName(),
                        version.id(),
                        layout(request, version),
                        request.getReplicas(),
                        request.getStages(),
                        kvTokens,
                        sequences,
                        new Precision(weights(request), activations(request)),
                        request.getPriority(),
                        DeploymentMessages.rules(request.getRules()));
        return new Order(
                spec,
                request.hasScaling()
                        ? Optional.of(DeploymentMessages.scaling(request.getScaling()))
                        : Optional.empty(),
                DeploymentMessages.replacement(request));
    }

    private static ModelLayout layout(ApplyRequest request, ModelVersion version) {
        WeightType weights = weights(request);
        return version.layout(weights)
                .orElseThrow(() ->
                        new SchedulerException(
                                ErrorCode.PRECISION_UNKNOWN,
                                "weight type: %s (expected: one of %s, with which the version was"
                                                .formatted(
                                                        weights,
                                                        new TreeSet<>(version.layouts().keySet()))
                                        + " registered)"));
    }

    private static WeightType weights(ApplyRequest request) {
        return switch (request.getWeightType()) {
            case WEIGHT_TYPE_UNSPECIFIED, WEIGHT_TYPE_STORED -> WeightType.STORED;
            case WEIGHT_TYPE_INT8 -> WeightType.INT8;
            case WEIGHT_TYPE_INT4 -> WeightType.INT4;
            case UNRECOGNIZED -> throw invalid("weight type: not known here");
        };
    }

    private static ActivationType activations(ApplyRequest request) {
        return switch (request.getActivationType()) {
            case ACTIVATION_TYPE_UNSPECIFIED, ACTIVATION_TYPE_F32 -> ActivationType.F32;
            case ACTIVATION_TYPE_BF16 -> ActivationType.BF16;
            case UNRECOGNIZED -> throw invalid("activation type: not known here");
        };
    }

    @Override
    public void remove(RemoveRequest request, StreamObserver<RemoveReply> answer) {
        Faults.answer(
                answer,
                () -> {
                    LoopAnswers.stored(
                            LoopAnswers.of(loop.ask(() -> control.remove(request.getName())))
                                    .orElseThrow(() ->
                                            new SchedulerException(
                                                    ErrorCode.DEPLOYMENT_UNKNOWN,
                                                    "no such deployment")));
                    return RemoveReply.getDefaultInstance();
                });
    }

    @Override
    public void list(ListRequest request, StreamObserver<ListReply> answer) {
        Faults.answer(
                answer,
                () -> {
                    var reply = ListReply.newBuilder();
                    LoopAnswers.of(loop.ask(control::deployments)).forEach(reply::addDeployments);
                    return reply.build();
                });
    }

    private static SchedulerException invalid(String message) {
        return new SchedulerException(ErrorCode.DEPLOYMENT_INVALID, message);
    }
}
