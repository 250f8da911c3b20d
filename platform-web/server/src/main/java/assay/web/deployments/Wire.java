package assay.web.deployments;

import assay.scheduler.v1.ActivationType;
import assay.scheduler.v1.ApplyRequest;
import assay.scheduler.v1.PlacementRules;
import assay.scheduler.v1.PlanReply;
import assay.scheduler.v1.WeightType;
import assay.web.deployments.DeploymentSpec.Activations;
import assay.web.deployments.DeploymentSpec.Apart;
import assay.web.deployments.DeploymentSpec.ApartScope;
import assay.web.deployments.DeploymentSpec.Replacement;
import assay.web.deployments.DeploymentSpec.Rules;
import assay.web.deployments.DeploymentSpec.Scaling;
import assay.web.deployments.DeploymentSpec.Weights;
import assay.web.insight.Reason;

/** Our records as the scheduler's messages and back. Stateless. */
final class Wire {
    private Wire() {}

    static ApplyRequest request(DeploymentSpec spec) {
        var request =
                ApplyRequest.newBuilder()
                        .setName(spec.name())
                        .setModel(spec.model())
                        .setVersion(spec.version())
                        .setReplicas(spec.replicas())
                        .setStages(spec.stages())
                        .setKvTokens(spec.kvTokens())
                        .setMaxSequences(spec.maxSequences())
                        .setWeightType(
                                switch (spec.weights()) {
                                    case STORED -> WeightType.WEIGHT_TYPE_STORED;
                                    case INT8 -> WeightType.WEIGHT_TYPE_INT8;
                                    case INT4 -> WeightType.WEIGHT_TYPE_INT4;
                                })
                        .setActivationType(
                                switch (spec.activations()) {
                                    case F32 -> ActivationType.ACTIVATION_TYPE_F32;
                                    case BF16 -> ActivationType.ACTIVATION_TYPE_BF16;
                                })
                        .setPriority(spec.priority())
                        .setRules(rules(spec.rules()))
                        .setReplacement(
                                switch (spec.replacement()) {
                                    case SURGE -> assay.scheduler.v1.Replacement.REPLACEMENT_SURGE;
                                    case RECREATE_ALLOWED ->
                                            assay.scheduler.v1.Replacement
                                                    .REPLACEMENT_RECREATE_ALLOWED;
                                });
        var scaling = spec.scaling();
        if (scaling != null) {
            request.setScaling(
                    assay.scheduler.v1.Scaling.newBuilder()
                            .setMinReplicas(scaling.minReplicas())
                            .setMaxReplicas(scaling.maxReplicas())
                            .setQueueWaitMillis(scaling.queueWaitMillis())
                            .setKvCacheUsageRatio(scaling.kvCacheUsageRatio())
                            .setCooldownSeconds(scaling.cooldownSeconds())
                            .setIdleSeconds(scaling.idleSeconds()));
        }
        return request.build();
    }

    private static PlacementRules rules(Rules rules) {
        return PlacementRules.newBuilder()
                .putAllRequiredLabels(rules.requiredLabels())
                .addAllToleratedTaints(rules.toleratedTaints())
                .addAllDeviceTypes(rules.deviceTypes())
                .setExclusiveNodes(rules.exclusiveNodes())
                .setReplicasApart(
                        switch (rules.apart()) {
                            case NONE -> assay.scheduler.v1.Apart.APART_NONE;
                            case PREFERRED -> assay.scheduler.v1.Apart.APART_PREFERRED;
                            case REQUIRED -> assay.scheduler.v1.Apart.APART_REQUIRED;
                        })
                .setApartScope(
                        switch (rules.apartScope()) {
                            case NODE -> assay.scheduler.v1.ApartScope.APART_SCOPE_NODE;
                            case RACK -> assay.scheduler.v1.ApartScope.APART_SCOPE_RACK;
                        })
                .setTenant(rules.tenant())
                .setTenantGpuQuota(rules.tenantGpuQuota())
                .build();
    }

    static Deployment deployment(assay.scheduler.v1.Deployment it) {
        var spec =
                new DeploymentSpec(
                        it.getName(),
                        it.getModel(),
                        it.getVersion(),
                        it.getReplicas(),
                        it.getStages(),
                        it.getKvTokens(),
                        it.getMaxSequences(),
                        switch (it.getWeightType()) {
                            case WEIGHT_TYPE_INT8 -> Weights.INT8;
                            case WEIGHT_TYPE_INT4 -> Weights.INT4;
                            case WEIGHT_TYPE_UNSPECIFIED, WEIGHT_TYPE_STORED, UNRECOGNIZED ->
                                    Weights.STORED;
                        },
                        switch (it.getActivationType()) {
                            case ACTIVATION_TYPE_BF16 -> Activations.BF16;
                            case ACTIVATION_TYPE_UNSPECIFIED, ACTIVATION_TYPE_F32, UNRECOGNIZED ->
                                    Activations.F32;
                        },
                        it.getPriority(),
                        it.hasRules() ? rules(it.getRules()) : Rules.NONE,
                        it.hasScaling() ? scaling(it.getScaling()) : null,
                        switch (it.getReplacement()) {
                            case REPLACEMENT_RECREATE_ALLOWED -> Replacement.RECREATE_ALLOWED;
                            case REPLACEMENT_UNSPECIFIED, REPLACEMENT_SURGE, UNRECOGNIZED ->
                                    Replacement.SURGE;
                        });
        return new Deployment(
                it.getId(),
                spec,
                it.getWantedReplicas(),
                it.getServingReplicas(),
                Reason.of(it.getReason(), it.getReasonPartsList()));
    }

    private static Rules rules(PlacementRules rules) {
        return new Rules(
                rules.getRequiredLabelsMap(),
                rules.getToleratedTaintsList(),
                rules.getDeviceTypesList(),
                rules.getExclusiveNodes(),
                switch (rules.getReplicasApart()) {
                    case APART_NONE -> Apart.NONE;
                    case APART_REQUIRED -> Apart.REQUIRED;
                    case APART_UNSPECIFIED, APART_PREFERRED, UNRECOGNIZED -> Apart.PREFERRED;
                },
                switch (rules.getApartScope()) {
                    case APART_SCOPE_RACK -> ApartScope.RACK;
                    case APART_SCOPE_UNSPECIFIED, APART_SCOPE_NODE, UNRECOGNIZED -> ApartScope.NODE;
                },
                rules.getTenant(),
                rules.getTenantGpuQuota());
    }

    private static Scaling scaling(assay.scheduler.v1.Scaling scaling) {
        return new Scaling(
                scaling.getMinReplicas(),
                scaling.getMaxReplicas(),
                scaling.getQueueWaitMillis(),
                scaling.getKvCacheUsageRatio(),
                scaling.getCooldownSeconds(),
                scaling.getIdleSeconds());
    }

    static Plan plan(PlanReply reply) {
        return switch (reply.getOutcomeCase()) {
            case PLACED -> placed(reply.getPlaced());
            case WAITING -> waiting(reply.getWaiting());
            case REFUSED ->
                    new Plan.Refused(reply.getRefused().getCode(), reply.getRefused().getDetail());
            case OUTCOME_NOT_SET ->
                    throw new IllegalStateException("the scheduler sent a plan without an outcome");
        };
    }

    private static Plan.Placed placed(assay.scheduler.v1.PlanPlaced placed) {
        return new Plan.Placed(
                placed.getStagesList().stream()
                        .map(each ->
                                new Plan.PlannedStage(
                                        each.getIndex(),
                                        each.getNodeId(),
                                        each.getNodeName(),
                                        each.getDeviceId(),
                                        each.getDeviceName(),
                                        each.getFirstLayer(),
                                        each.getEndLayer(),
                                        each.getWeightBytes(),
                                        each.getKvBytes(),
                                        each.getWorkspaceBytes(),
                                        each.getDeviceFreeBytes(),
                                        each.getStepSeconds(),
                                        each.getKvRoomTokens()))
                        .toList(),
                placed.getVictimsList().stream()
                        .map(each ->
                                new Plan.Victim(
                                        each.getReplicaId(),
                                        each.getDeployment(),
                                        each.getPriority()))
                        .toList(),
                placed.getStepSeconds(),
                placed.getHopSeconds(),
                placed.getKvRoomTokens());
    }

    private static Plan.Waiting waiting(assay.scheduler.v1.PlanWaiting waiting) {
        return new Plan.Waiting(
                waiting.getMissingBytes(),
                waiting.getRejectionsList().stream()
                        .map(each ->
                                new Plan.Rejection(
                                        each.getNodeId(),
                                        each.getNodeName(),
                                        each.getDeviceId(),
                                        each.getFilter(),
                                        each.getFreeBytes(),
                                        each.getMissingBytes(),
                                        each.getDetail(),
                                        each.getInWords()))
                        .toList(),
                waiting.getCountsMap(),
                new Plan.WouldFit(
                        waiting.getWouldFit().getKvTokens(),
                        waiting.getWouldFit().getMaxSequences(),
                        waiting.getWouldFit().getDeviceBytes()),
                waiting.getInWords());
    }
}
