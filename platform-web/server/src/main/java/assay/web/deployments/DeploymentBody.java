package assay.web.deployments;

import assay.web.deployments.DeploymentSpec.Activations;
import assay.web.deployments.DeploymentSpec.Apart;
import assay.web.deployments.DeploymentSpec.ApartScope;
import assay.web.deployments.DeploymentSpec.Replacement;
import assay.web.deployments.DeploymentSpec.Rules;
import assay.web.deployments.DeploymentSpec.Scaling;
import assay.web.deployments.DeploymentSpec.Weights;
import assay.web.http.JsonFields;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads a deployment from a request's body. Stateless. */
final class DeploymentBody {
    private static final Set<String> FIELDS =
            Set.of(
                    "name",
                    "model",
                    "version",
                    "replicas",
                    "stages",
                    "kv_tokens",
                    "max_sequences",
                    "weights",
                    "activations",
                    "priority",
                    "rules",
                    "scaling",
                    "replacement");
    private static final Set<String> RULES =
            Set.of(
                    "required_labels",
                    "tolerated_taints",
                    "device_types",
                    "exclusive_nodes",
                    "apart",
                    "apart_scope",
                    "tenant",
                    "tenant_gpu_quota");
    private static final Set<String> SCALING =
            Set.of(
                    "min_replicas",
                    "max_replicas",
                    "queue_wait_millis",
                    "kv_cache_usage_ratio",
                    "cooldown_seconds",
                    "idle_seconds");

    private DeploymentBody() {}

    /**
     * @param pathName the name in the path; null where it stands in the body
     * @throws assay.web.WebException INVALID_REQUEST with every wrong field
     */
    static DeploymentSpec read(JsonNode object, @Nullable String pathName) {
        var fields = JsonFields.of(object, FIELDS);
        String name = pathName == null ? fields.required("name") : fields.text("name", pathName);
        if (pathName != null && !name.equals(pathName)) {
            fields.wrong("name", "another than in the path (expected: the same, or none)");
        }
        Rules rules = fields.inner("rules", RULES, DeploymentBody::rules);
        Scaling scaling = fields.inner("scaling", SCALING, DeploymentBody::scaling);
        var spec =
                new DeploymentSpec(
                        name,
                        fields.required("model"),
                        fields.required("version"),
                        fields.whole("replicas", 1),
                        fields.whole("stages", 0),
                        fields.whole("kv_tokens", 0),
                        fields.whole("max_sequences", 0),
                        fields.choice("weights", Weights.STORED),
                        fields.choice("activations", Activations.F32),
                        fields.whole("priority", 0),
                        rules == null ? Rules.NONE : rules,
                        scaling,
                        fields.choice("replacement", Replacement.SURGE));
        fields.done();
        return spec;
    }

    private static Rules rules(JsonFields fields) {
        return new Rules(
                fields.textMap("required_labels"),
                fields.texts("tolerated_taints"),
                fields.texts("device_types"),
                fields.flag("exclusive_nodes", false),
                fields.choice("apart", Apart.PREFERRED),
                fields.choice("apart_scope", ApartScope.NODE),
                fields.text("tenant", ""),
                fields.whole("tenant_gpu_quota", 0));
    }

    private static Scaling scaling(JsonFields fields) {
        return new Scaling(
                fields.whole("min_replicas", 0),
                fields.whole("max_replicas", 1),
                fields.whole("queue_wait_millis", 0),
                fields.number("kv_cache_usage_ratio", 0),
                fields.whole("cooldown_seconds", 0),
                fields.whole("idle_seconds", 0));
    }
}
