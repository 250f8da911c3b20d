package assay.scheduler.server.control;

import assay.scheduler.core.cluster.ModelLayout;
import assay.scheduler.core.cluster.Precision.WeightType;
import assay.scheduler.core.cluster.VersionId;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A version of a model as it was registered. Immutable.
 *
 * @param id of the version
 * @param model what requests name
 * @param version what people call it
 * @param contextLength in tokens
 * @param layouts where its bytes are, for each way to keep the weights that it was registered with;
 *     as stored is always one
 * @param files small ones first
 */
record ModelVersion(
        VersionId id,
        String model,
        String version,
        int contextLength,
        Map<WeightType, ModelLayout> layouts,
        List<File> files) {
    ModelVersion {
        layouts = Map.copyOf(layouts);
        files = List.copyOf(files);
        if (!layouts.containsKey(WeightType.STORED)) {
            throw new IllegalArgumentException("layouts: none as stored (expected: one)");
        }
    }

    /** Where its bytes are as stored. */
    ModelLayout layout() {
        return layout(WeightType.STORED).orElseThrow();
    }

    /** Where its bytes are when its weights are kept so. */
    Optional<ModelLayout> layout(WeightType weights) {
        return Optional.ofNullable(layouts.get(weights));
    }

    /** A file by its content. */
    record File(String name, String sha256, long bytes) {}
}
