package assay.standalone;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The checkout that was built: where each program's jar and class path lie. Immutable.
 *
 * @param root the folder of the script
 */
record Home(Path root) {
    /** The script says where it stands. */
    static Home fromSystemProperty() {
        String root = System.getProperty("assay.home");
        if (root == null) {
            throw new StandaloneException(
                    ErrorCode.USAGE, "assay.home is not set: start by the script ./assay");
        }
        return new Home(Path.of(root).toAbsolutePath().normalize());
    }

    Path referenceModel() {
        return root.resolve("deploy/standalone/reference-model");
    }

    /**
     * A module's jar and everything it needs at run time, in the build's order.
     *
     * @throws StandaloneException with {@code MACHINE} when the build is missing or broken
     */
    List<Path> classPath(String module) {
        Path target = root.resolve(module).resolve("target");
        List<Path> path = new ArrayList<>();
        try {
            path.add(jar(target, module));
            String libraries = Files.readString(target.resolve("run.classpath")).strip();
            for (String library : libraries.split(":", -1)) {
                if (!library.isEmpty()) {
                    path.add(Path.of(library));
                }
            }
        } catch (IOException e) {
            throw notBuilt(module, "it was not built", e);
        }
        for (Path entry : path) {
            if (!Files.exists(entry)) {
                throw notBuilt(module, entry + " is gone", null);
            }
        }
        return path;
    }

    private static Path jar(Path target, String module) throws IOException {
        String name = module.replace('/', '-');
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(target, name + "-*.jar")) {
            for (Path jar : jars) {
                String file = String.valueOf(jar.getFileName());
                if (!file.endsWith("-tests.jar") && !file.endsWith("-sources.jar")) {
                    return jar;
                }
            }
        }
        throw new IOException("no jar in " + target);
    }

    private static StandaloneException notBuilt(
            String module, String why, @org.jspecify.annotations.Nullable Exception cause) {
        return new StandaloneException(
                ErrorCode.MACHINE,
                "the program " + module + " can not be started: " + why + " (./mvnw package)",
                cause == null ? new IOException(why) : cause);
    }
}
