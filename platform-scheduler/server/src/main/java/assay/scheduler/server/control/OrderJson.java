package assay.scheduler.server.control;

import assay.scheduler.core.cluster.PlacementRules;
import assay.scheduler.core.cluster.PlacementRules.Apart;
import assay.scheduler.core.cluster.PlacementRules.TenantQuota;
import assay.scheduler.core.reconcile.Scaling;
import java.time.Duration;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/** What a deployment asks of places and numbers, as the database keeps it. Stateless. */
final class OrderJson {
    private OrderJson() {}

    static Map<String, Object> rules(PlacementRules rules) {
        return Map.of(
                "node_labels", new TreeMap<>(rules.nodeLabels()),
                "tolerated_taints", new TreeSet<>(rules.toleratedTaints()),
                "device_types", new TreeSet<>(rules.deviceTypes()),
                "exclusive_nodes", rules.exclusiveNodes(),
                "apart", rules.apart().strength().name(),
                "apart_scope", rules.apart().scope().name(),
                "tenant", rules.tenant().tenant(),
                "tenant_gpus", rules.tenant().gpus());
    }

    /** What is not there is as {@link PlacementRules#ANYWHERE} has it. */
    static PlacementRules rules(JsonNode node) {
        PlacementRules usual = PlacementRules.ANYWHERE;
        var labels = new TreeMap<String, String>();
        node.path("node_labels")
                .properties()
                .forEach(it -> labels.put(it.getKey(), it.getValue().asString()));
        return new PlacementRules(
                labels,
                texts(node.path("tolerated_taints")),
                texts(node.path("device_types")),
                node.path("exclusive_nodes").asBoolean(usual.exclusiveNodes()),
                new Apart(
                        Apart.Strength.valueOf(
                                node.path("apart").asString(usual.apart().strength().name())),
                        Apart.Scope.valueOf(
                                node.path("apart_scope").asString(usual.apart().scope().name()))),
                new TenantQuota(
                        node.path("tenant").asString(usual.tenant().tenant()),
                        node.path("tenant_gpus").asInt(usual.tenant().gpus())));
    }

    private static SortedSet<String> texts(JsonNode array) {
        var texts = new TreeSet<String>();
        array.forEach(it -> texts.add(it.asString()));
        return texts;
    }

    static Map<String, Object> scaling(Scaling scaling) {
        return Map.of(
                "min", scaling.min(),
                "max", scaling.max(),
                "queue_wait_millis", scaling.queueWait().toMillis(),
                "kv_use", scaling.kvUse(),
                "cooldown_seconds", scaling.cooldown().toSeconds(),
                "idle_seconds", scaling.idle().toSeconds());
    }

    static Scaling scaling(JsonNode node) {
        return new Scaling(
                node.required("min").asInt(),
                node.required("max").asInt(),
                Duration.ofMillis(node.required("queue_wait_millis").asLong()),
                node.required("kv_use").asDouble(),
                Duration.ofSeconds(node.required("cooldown_seconds").asLong()),
                Duration.ofSeconds(node.required("idle_seconds").asLong()));
    }
}
