package assay.elasticsearch;

import java.util.regex.Pattern;

/**
 * One jar that the server needs. Immutable.
 *
 * @param sha256 of the jar, 64 lower-case hexadecimal digits
 * @param folder below the server's home: {@code lib}, or a module's folder
 */
public record Artefact(String sha256, String group, String name, String version, String folder) {
    private static final Pattern DIGITS = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern FOLDER = Pattern.compile("lib|modules/[a-z0-9-]+");

    public Artefact {
        if (!DIGITS.matcher(sha256).matches()) {
            throw new IllegalArgumentException(
                    "checksum of " + name + ": " + sha256 + " (expected: 64 hexadecimal digits)");
        }
        if (!FOLDER.matcher(folder).matches()) {
            throw new IllegalArgumentException(
                    "folder of " + name + ": " + folder + " (expected: lib or modules/NAME)");
        }
    }

    /** Reads {@code SHA-256 group:name:version folder}. */
    static Artefact parse(String line) {
        String[] fields = line.strip().split("\\s+", -1);
        String[] coordinates = fields.length == 3 ? fields[1].split(":", -1) : new String[0];
        if (coordinates.length != 3) {
            throw new IllegalArgumentException(
                    "artefact: " + line + " (expected: SHA-256 group:name:version folder)");
        }
        return new Artefact(fields[0], coordinates[0], coordinates[1], coordinates[2], fields[2]);
    }

    String fileName() {
        return name + "-" + version + ".jar";
    }

    /** Where every Maven repository keeps it, below its root. */
    String repositoryPath() {
        return group.replace('.', '/') + "/" + name + "/" + version + "/" + fileName();
    }

    @Override
    public String toString() {
        return group + ":" + name + ":" + version;
    }
}
