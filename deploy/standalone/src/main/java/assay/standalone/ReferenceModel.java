package assay.standalone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The model that comes with Assay. */
final class ReferenceModel {
    static final String NAME = "assay-reference";

    private final Path source;
    private final DataFolder folder;

    ReferenceModel(Path source, DataFolder folder) {
        this.source = source;
        this.folder = folder;
    }

    Path store(int stageCount) throws IOException {
        if (!Files.isDirectory(source)) {
            throw new StandaloneException(
                    ErrorCode.MACHINE, "the reference model is not at " + source);
        }
        return folder.store();
    }
}
