package assay.scheduler.server.control;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.LayerRange;
import assay.scheduler.core.cluster.ModelLayout;
import assay.scheduler.core.cluster.Precision;
import assay.scheduler.core.cluster.Precision.ActivationType;
import assay.scheduler.core.cluster.Precision.WeightType;
import assay.scheduler.server.ErrorCode;
import assay.scheduler.server.SchedulerException;
import assay.scheduler.server.rpc.Faults;
import assay.scheduler.v1.ApplyRequest;
import assay.scheduler.v1.Deployment;
import assay.scheduler.v1.DeploymentsGrpc;
import assay.scheduler.v1.ListReply;
import assay.scheduler.v1.ListRequest;
import assay.scheduler.v1.RemoveReply;
import assay.scheduler.v1.RemoveRequest;
import io.grpc.stub.StreamObserver;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

/** What shall run, as gateways say it. Checks on the call's thread, decides on the control loop. */
public final class DeploymentsService extends DeploymentsGrpc.DeploymentsImplBase {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
    private static final int MOST_REPLICAS = 1_000;
    private static final Bytes MOST_BYTES = Bytes.of(1L << 56);
    private static final int MOST_SEQUENCES = 100_000;
    private static final long ANSWER_SECONDS = 30;

    private final ControlLoop loop;
    private final ClusterControl control;
    private final ModelCatalog catalog;
    private final int defaultKvTokens;
    private final int defaultMaxSequences;

    public DeploymentsService(
            ControlLoop loop,
            ClusterControl control,
            ModelCatalog catalog,
            int defaultKvTokens,
            int defaultMaxSequences) {
        this.loop = loop;
        this.control = control;
        this.catalog = catalog;
        this.defaultKvTokens = defaultKvTokens;
        this.defaultMaxSequences = defaultMaxSequences;
    }

    @Override
    public void apply(ApplyRequest request, StreamObserver<Deployment> answer) {
        Faults.answer(answer, () -> apply(request));
    }

    private Deployment apply(ApplyRequest request) {
        ModelVersion version =
                catalog.find(request.getModel(), request.getVersion())
                        .orElseThrow(() ->
                                new SchedulerException(
                                        ErrorCode.VERSION_UNKNOWN,
                                        "model %s has no version %s"
                                                .formatted(
                                                        request.getModel(), request.getVersion())));
        check(request, version);
        DeploymentSpec applied =
                answer(loop.ask(() -> control.apply(spec(request, version), version)));
        return view(applied, version);
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

    /** On the control loop, which knows the ids. */
    private DeploymentSpec spec(ApplyRequest request, ModelVersion version) {
        int kvTokens =
                request.getKvTokens() > 0
                        ? request.getKvTokens()
                        : Math.max(defaultKvTokens, version.contextLength());
        int sequences =
                request.getMaxSequences() > 0 ? request.getMaxSequences() : defaultMaxSequences;
        return new DeploymentSpec(
                control.deploymentId(request.getName()),
                request.getName(),
                version.id(),
                layout(request, version),
                request.getReplicas(),
                request.getStages(),
                kvTokens,
                sequences,
                new Precision(weights(request), activations(request)));
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
                    if (!answer(loop.ask(() -> control.remove(request.getName())))) {
                        throw new SchedulerException(
                                ErrorCode.DEPLOYMENT_UNKNOWN, "no such deployment");
                    }
                    return RemoveReply.getDefaultInstance();
                });
    }

    @Override
    public void list(ListRequest request, StreamObserver<ListReply> answer) {
        Faults.answer(
                answer,
                () -> {
                    var reply = ListReply.newBuilder();
                    answer(loop.ask(control::deployments))
                            .forEach(it -> reply.addDeployments(view(it.spec(), it.version())));
                    return reply.build();
                });
    }

    private static Deployment view(DeploymentSpec spec, ModelVersion version) {
        return Deployment.newBuilder()
                .setId(spec.id().toString())
                .setName(spec.name())
                .setModel(version.model())
                .setVersion(version.version())
                .setReplicas(spec.replicas())
                .setStages(spec.stages())
                .setWeightType(
                        switch (spec.precision().weights()) {
                            case STORED -> assay.scheduler.v1.WeightType.WEIGHT_TYPE_STORED;
                            case INT8 -> assay.scheduler.v1.WeightType.WEIGHT_TYPE_INT8;
                            case INT4 -> assay.scheduler.v1.WeightType.WEIGHT_TYPE_INT4;
                        })
                .setActivationType(
                        switch (spec.precision().activations()) {
                            case F32 -> assay.scheduler.v1.ActivationType.ACTIVATION_TYPE_F32;
                            case BF16 -> assay.scheduler.v1.ActivationType.ACTIVATION_TYPE_BF16;
                        })
                .build();
    }

    private static <T> T answer(CompletableFuture<T> future) {
        try {
            return future.get(ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SchedulerException(ErrorCode.SCHEDULER_STOPPING, "interrupted", e);
        } catch (TimeoutException e) {
            throw new SchedulerException(ErrorCode.SCHEDULER_BUSY, "no answer in time", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("the control loop does not answer with errors", e);
        }
    }

    private static SchedulerException invalid(String message) {
        return new SchedulerException(ErrorCode.DEPLOYMENT_INVALID, message);
    }
}
