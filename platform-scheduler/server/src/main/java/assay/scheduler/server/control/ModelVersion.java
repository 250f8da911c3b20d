package assay.scheduler.server.control;

import assay.scheduler.core.cluster.ModelLayout;
import assay.scheduler.core.cluster.VersionId;
import java.util.List;

/**
 * A version of a model as it was registered. Immutable.
 *
 * @param id of the version
 * @param model what requests name
 * @param version what people call it
 * @param contextLength in tokens
 * @param layout where its bytes are
 * @param files small ones first
 */
record ModelVersion(
        VersionId id,
        String model,
        String version,
        int contextLength,
        ModelLayout layout,
        List<File> files) {
    ModelVersion {
        files = List.copyOf(files);
    }

    /** A file by its content. */
    record File(String name, String sha256, long bytes) {}
}
