package assay.engine.weights;

import org.junit.jupiter.api.Assumptions;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Model folders that are not in the repository; tests that need one are skipped without it. */
final class Fixtures {
    private static final String FOLDER = "shared/model-fixtures";

    private Fixtures() {}

    /** The folder that ASSAY_FIXTURES names, or one of that name above the working directory. */
    static Path model(String name) {
        Optional<Path> model = folder().map(f -> f.resolve(name)).filter(Files::isDirectory);
        Assumptions.assumeTrue(model.isPresent(), "no model fixture " + name);
        return model.orElseThrow();
    }

    private static Optional<Path> folder() {
        String given = System.getenv("ASSAY_FIXTURES");
        if (given != null) {
            return Optional.of(Path.of(given));
        }
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            if (Files.isDirectory(at.resolve(FOLDER))) {
                return Optional.of(at.resolve(FOLDER));
            }
        }
        return Optional.empty();
    }
}
