package assay.scheduler.server.control;

import assay.scheduler.core.cluster.DeploymentId;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.PlacementRules;
import assay.scheduler.core.cluster.PlacementRules.TenantQuota;
import assay.scheduler.core.reconcile.Replacement;
import assay.scheduler.core.reconcile.Scaling;
import assay.scheduler.server.ErrorCode;
import assay.scheduler.server.SchedulerException;
import assay.scheduler.v1.Apart;
import assay.scheduler.v1.ApartScope;
import assay.scheduler.v1.ApplyRequest;
import assay.scheduler.v1.Deployment;
import java.time.Duration;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** Between the words of the wire and those of the core, for deployments. Stateless. */
final class DeploymentMessages {
    private static final int MOST_MARKS = 64;

    private DeploymentMessages() {}

    /**
     * Where replicas may be.
     *
     * @throws SchedulerException DEPLOYMENT_INVALID
     */
    static PlacementRules rules(assay.scheduler.v1.PlacementRules rules) {
        if (rules.getRequiredLabelsCount() > MOST_MARKS
                || rules.getToleratedTaintsCount() > MOST_MARKS
                || rules.getDeviceTypesCount() > MOST_MARKS
                || rules.getTenantGpuQuota() < 0) {
            throw invalid(
                    "rules: more than %d labels, taints or device types, or a quota below 0"
                            .formatted(MOST_MARKS));
        }
        PlacementRules.Apart usual = PlacementRules.ANYWHERE.apart();
        var strength =
                switch (rules.getReplicasApart()) {
                    case APART_UNSPECIFIED -> usual.strength();
                    case APART_NONE -> PlacementRules.Apart.Strength.NONE;
                    case APART_PREFERRED -> PlacementRules.Apart.Strength.PREFERRED;
                    case APART_REQUIRED -> PlacementRules.Apart.Strength.REQUIRED;
                    case UNRECOGNIZED -> throw invalid("replicas apart: not known here");
                };
        var scope =
                switch (rules.getApartScope()) {
                    case APART_SCOPE_UNSPECIFIED -> usual.scope();
                    case APART_SCOPE_NODE -> PlacementRules.Apart.Scope.NODE;
                    case APART_SCOPE_RACK -> PlacementRules.Apart.Scope.RACK;
                    case UNRECOGNIZED -> throw invalid("apart scope: not known here");
                };
        boolean bound = rules.getTenantGpuQuota() > 0 && !rules.getTenant().isEmpty();
        return new PlacementRules(
                rules.getRequiredLabelsMap(),
                new TreeSet<String>(rules.getToleratedTaintsList()),
                new TreeSet<String>(rules.getDeviceTypesList()),
                rules.getExclusiveNodes(),
                new PlacementRules.Apart(strength, scope),
                new TenantQuota(
                        rules.getTenant(), bound ? rules.getTenantGpuQuota() : Integer.MAX_VALUE));
    }

    static assay.scheduler.v1.PlacementRules rules(PlacementRules rules) {
        int gpus = rules.tenant().gpus();
        return assay.scheduler.v1.PlacementRules.newBuilder()
                .putAllRequiredLabels(rules.nodeLabels())
                .addAllToleratedTaints(sorted(rules.toleratedTaints()))
                .addAllDeviceTypes(sorted(rules.deviceTypes()))
                .setExclusiveNodes(rules.exclusiveNodes())
                .setReplicasApart(
                        switch (rules.apart().strength()) {
                            case NONE -> Apart.APART_NONE;
                            case PREFERRED -> Apart.APART_PREFERRED;
                            case REQUIRED -> Apart.APART_REQUIRED;
                        })
                .setApartScope(
                        switch (rules.apart().scope()) {
                            case NODE -> ApartScope.APART_SCOPE_NODE;
                            case RACK -> ApartScope.APART_SCOPE_RACK;
                        })
                .setTenant(rules.tenant().tenant())
                .setTenantGpuQuota(gpus == Integer.MAX_VALUE ? 0 : gpus)
                .build();
    }

    private static SortedSet<String> sorted(Set<String> texts) {
        return new TreeSet<>(texts);
    }

    /**
     * The number of replicas by rule.
     *
     * @throws SchedulerException DEPLOYMENT_INVALID
     */
    static Scaling scaling(assay.scheduler.v1.Scaling scaling) {
        try {
            return new Scaling(
                    scaling.getMinReplicas(),
                    scaling.getMaxReplicas(),
                    Duration.ofMillis(scaling.getQueueWaitMillis()),
                    scaling.getKvCacheUsageRatio(),
                    seconds(scaling.getCooldownSeconds(), Scaling.COOLDOWN),
                    seconds(scaling.getIdleSeconds(), Scaling.IDLE));
        } catch (IllegalArgumentException e) {
            throw new SchedulerException(
                    ErrorCode.DEPLOYMENT_INVALID, String.valueOf(e.getMessage()), e);
        }
    }

    private static Duration seconds(int given, Duration usual) {
        return given == 0 ? usual : Duration.ofSeconds(given);
    }

    private static assay.scheduler.v1.Scaling scaling(Scaling scaling) {
        return assay.scheduler.v1.Scaling.newBuilder()
                .setMinReplicas(scaling.min())
                .setMaxReplicas(scaling.max())
                .setQueueWaitMillis(Math.toIntExact(scaling.queueWait().toMillis()))
                .setKvCacheUsageRatio(scaling.kvUse())
                .setCooldownSeconds(Math.toIntExact(scaling.cooldown().toSeconds()))
                .setIdleSeconds(Math.toIntExact(scaling.idle().toSeconds()))
                .build();
    }

    static Replacement replacement(ApplyRequest request) {
        return switch (request.getReplacement()) {
            case REPLACEMENT_UNSPECIFIED, REPLACEMENT_SURGE -> Replacement.SURGE;
            case REPLACEMENT_RECREATE_ALLOWED -> Replacement.RECREATE_ALLOWED;
            case UNRECOGNIZED -> throw invalid("replacement: not known here");
        };
    }

    /** The same under the id that its name has. */
    static DeploymentSpec under(DeploymentId id, DeploymentSpec spec) {
        return new DeploymentSpec(
                id,
                spec.name(),
                spec.version(),
                spec.layout(),
                spec.replicas(),
                spec.stages(),
                spec.kvTokens(),
                spec.maxSequences(),
                spec.precision(),
                spec.priority(),
                spec.rules());
    }

    static Deployment view(ClusterControl.Listed listed) {
        DeploymentSpec spec = listed.deployment().spec();
        var view =
                Deployment.newBuilder()
                        .setId(spec.id().toString())
                        .setName(spec.name())
                        .setModel(listed.version().model())
                        .setVersion(listed.version().version())
                        .setReplicas(spec.replicas())
                        .setStages(spec.stages())
                        .setKvTokens(spec.kvTokens())
                        .setMaxSequences(spec.maxSequences())
                        .setPriority(spec.priority())
                        .setRules(rules(spec.rules()))
                        .setWantedReplicas(listed.deployment().wanted())
                        .setServingReplicas(listed.serving())
                        .setReason(listed.reason().inWords())
                        .addAllReasonParts(ReasonMessages.parts(listed.reason()))
                        .setReplacement(
                                switch (listed.deployment().order().replacement()) {
                                    case SURGE -> assay.scheduler.v1.Replacement.REPLACEMENT_SURGE;
                                    case RECREATE_ALLOWED ->
                                            assay.scheduler.v1.Replacement
                                                    .REPLACEMENT_RECREATE_ALLOWED;
                                })
                        .setWeightType(
                                switch (spec.precision().weights()) {
                                    case STORED -> assay.scheduler.v1.WeightType.WEIGHT_TYPE_STORED;
                                    case INT8 -> assay.scheduler.v1.WeightType.WEIGHT_TYPE_INT8;
                                    case INT4 -> assay.scheduler.v1.WeightType.WEIGHT_TYPE_INT4;
                                })
                        .setActivationType(
                                switch (spec.precision().activations()) {
                                    case F32 ->
                                            assay.scheduler.v1.ActivationType.ACTIVATION_TYPE_F32;
                                    case BF16 ->
                                            assay.scheduler.v1.ActivationType.ACTIVATION_TYPE_BF16;
                                });
        listed.deployment().order().scaling().ifPresent(it -> view.setScaling(scaling(it)));
        return view.build();
    }

    private static SchedulerException invalid(String message) {
        return new SchedulerException(ErrorCode.DEPLOYMENT_INVALID, message);
    }
}
