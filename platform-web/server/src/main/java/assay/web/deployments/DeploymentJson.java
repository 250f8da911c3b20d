package assay.web.deployments;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Deployments and plans as JSON, in the words of the request's body. Stateless. */
final class DeploymentJson {
    private DeploymentJson() {}

    static Map<String, Object> of(Deployment deployment) {
        var spec = deployment.spec();
        var json = new LinkedHashMap<String, Object>();
        json.put("id", deployment.id());
        json.put("name", spec.name());
        json.put("model", spec.model());
        json.put("version", spec.version());
        json.put("replicas", spec.replicas());
        json.put("wanted_replicas", deployment.wantedReplicas());
        json.put("serving_replicas", deployment.servingReplicas());
        json.put("reason", deployment.reason().words());
        json.put("reason_parts", deployment.reason().json());
        json.put("stages", spec.stages());
        json.put("kv_tokens", spec.kvTokens());
        json.put("max_sequences", spec.maxSequences());
        json.put("weights", id(spec.weights()));
        json.put("activations", id(spec.activations()));
        json.put("priority", spec.priority());
        json.put("rules", rules(spec.rules()));
        json.put("scaling", scaling(spec.scaling()));
        json.put("replacement", id(spec.replacement()));
        return json;
    }

    private static Map<String, Object> rules(DeploymentSpec.Rules rules) {
        var json = new LinkedHashMap<String, Object>();
        json.put("required_labels", rules.requiredLabels());
        json.put("tolerated_taints", rules.toleratedTaints());
        json.put("device_types", rules.deviceTypes());
        json.put("exclusive_nodes", rules.exclusiveNodes());
        json.put("apart", id(rules.apart()));
        json.put("apart_scope", id(rules.apartScope()));
        json.put("tenant", rules.tenant());
        json.put("tenant_gpu_quota", rules.tenantGpuQuota());
        return json;
    }

    private static @Nullable Map<String, Object> scaling(DeploymentSpec.@Nullable Scaling scaling) {
        if (scaling == null) {
            return null;
        }
        var json = new LinkedHashMap<String, Object>();
        json.put("min_replicas", scaling.minReplicas());
        json.put("max_replicas", scaling.maxReplicas());
        json.put("queue_wait_millis", scaling.queueWaitMillis());
        json.put("kv_cache_usage_ratio", scaling.kvCacheUsageRatio());
        json.put("cooldown_seconds", scaling.cooldownSeconds());
        json.put("idle_seconds", scaling.idleSeconds());
        return json;
    }

    static Map<String, Object> of(Plan plan) {
        return switch (plan) {
            case Plan.Placed placed -> placed(placed);
            case Plan.Waiting waiting -> waiting(waiting);
            case Plan.Refused refused ->
                    ordered(
                            "outcome", "refused",
                            "code", refused.code(),
                            "detail", refused.detail());
        };
    }

    private static Map<String, Object> placed(Plan.Placed placed) {
        List<Map<String, Object>> stages =
                placed.stages().stream().map(DeploymentJson::stage).toList();
        List<Map<String, Object>> victims =
                placed.victims().stream()
                        .map(each ->
                                ordered(
                                        "replica_id", each.replicaId(),
                                        "deployment", each.deployment(),
                                        "priority", each.priority()))
                        .toList();
        return ordered(
                "outcome",
                "placed",
                "stages",
                stages,
                "victims",
                victims,
                "step_seconds",
                placed.stepSeconds(),
                "hop_seconds",
                placed.hopSeconds(),
                "kv_room_tokens",
                placed.kvRoomTokens());
    }

    private static Map<String, Object> stage(Plan.PlannedStage stage) {
        return ordered(
                "index", stage.index(),
                "node_id", stage.nodeId(),
                "node_name", stage.nodeName(),
                "device_id", stage.deviceId(),
                "device_name", stage.deviceName(),
                "first_layer", stage.firstLayer(),
                "end_layer", stage.endLayer(),
                "weight_bytes", stage.weightBytes(),
                "kv_bytes", stage.kvBytes(),
                "workspace_bytes", stage.workspaceBytes(),
                "device_free_bytes", stage.deviceFreeBytes(),
                "step_seconds", stage.stepSeconds(),
                "kv_room_tokens", stage.kvRoomTokens());
    }

    private static Map<String, Object> waiting(Plan.Waiting waiting) {
        List<Map<String, Object>> rejections =
                waiting.rejections().stream()
                        .map(each ->
                                ordered(
                                        "node_id", each.nodeId(),
                                        "node_name", each.nodeName(),
                                        "device_id", each.deviceId(),
                                        "filter", each.filter(),
                                        "free_bytes", each.freeBytes(),
                                        "missing_bytes", each.missingBytes(),
                                        "detail", each.detail(),
                                        "in_words", each.inWords()))
                        .toList();
        var fit = waiting.wouldFit();
        return ordered(
                "outcome", "waiting",
                "missing_bytes", waiting.missingBytes(),
                "in_words", waiting.inWords(),
                "counts", waiting.counts(),
                "would_fit",
                        ordered(
                                "kv_tokens", fit.kvTokens(),
                                "max_sequences", fit.maxSequences(),
                                "device_bytes", fit.deviceBytes()),
                "rejections", rejections);
    }

    private static String id(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    /** Names and values in turn, in this order. */
    private static Map<String, Object> ordered(Object... pairs) {
        var json = new LinkedHashMap<String, Object>();
        for (int i = 0; i < pairs.length; i += 2) {
            json.put(String.valueOf(pairs[i]), pairs[i + 1]);
        }
        return json;
    }
}
