package assay.elasticsearch;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * A folder laid out as the server wants it: {@code lib} with its class path, {@code modules/NAME}
 * with a descriptor and the jars that get a class loader of their own. Immutable.
 *
 * @param root absolute
 */
public record ServerHome(Path root) {
    private static final String MARK = "artefacts.sha256";
    private static final String DESCRIPTOR = "plugin-descriptor.properties";

    /** Whether that very server is laid out there. */
    public static boolean isLaidOut(Path root, Artefacts artefacts) throws IOException {
        Path mark = root.resolve(MARK);
        return Files.exists(mark) && Files.readString(mark).strip().equals(artefacts.fingerprint());
    }

    /**
     * Lays the server out, or returns the home that is there already. A cut attempt leaves nothing
     * that looks whole; what it fetched is kept for the next one.
     *
     * @throws IOException naming the artefact that could not be had
     */
    public static ServerHome layOut(Path root, Artefacts artefacts, ArtefactSource source)
            throws IOException, InterruptedException {
        Path home = root.toAbsolutePath().normalize();
        if (isLaidOut(home, artefacts)) {
            return new ServerHome(home);
        }
        Path part = home.resolveSibling(home.getFileName() + ".part");
        makePrivate(part);
        for (Artefact artefact : artefacts.list()) {
            place(artefact, part, source);
        }
        removeStrangers(part, artefacts);
        makePrivate(part.resolve("config"));
        Files.writeString(part.resolve(MARK), artefacts.fingerprint() + "\n");
        delete(home);
        Files.move(part, home, StandardCopyOption.ATOMIC_MOVE);
        return new ServerHome(home);
    }

    /** The class path of the process, without our own main class. */
    public List<Path> libraries() throws IOException {
        try (Stream<Path> jars = Files.list(root.resolve("lib"))) {
            return jars.sorted().toList();
        }
    }

    private static void place(Artefact artefact, Path home, ArtefactSource source)
            throws IOException, InterruptedException {
        Path folder = home.resolve(artefact.folder());
        makePrivate(folder);
        Path jar = folder.resolve(artefact.fileName());
        if (!Files.exists(jar)
                || !Artefacts.sha256(Files.readAllBytes(jar)).equals(artefact.sha256())) {
            Path part = folder.resolve(artefact.fileName() + ".part");
            Files.write(part, source.read(artefact));
            Files.move(part, jar, StandardCopyOption.REPLACE_EXISTING);
        }
        if (artefact.folder().equals("modules/" + artefact.name())) {
            Files.writeString(folder.resolve(DESCRIPTOR), descriptor(artefact, jar));
        }
    }

    /**
     * A module's own description of itself, without the name of its Java module: then it runs from
     * the class path, where the server itself is.
     */
    private static String descriptor(Artefact artefact, Path jar) throws IOException {
        String entryName = "META-INF/es-plugins/" + artefact.name() + "/" + DESCRIPTOR;
        try (InputStream bytes = new ByteArrayInputStream(Files.readAllBytes(jar));
                var zip = new ZipInputStream(bytes)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                if (entry.getName().equals(entryName)) {
                    var text = new StringBuilder();
                    new String(zip.readAllBytes(), StandardCharsets.UTF_8)
                            .lines()
                            .filter(line -> !line.startsWith("#") && !line.isBlank())
                            .filter(line -> !line.startsWith("modulename="))
                            .forEach(line -> text.append(line).append('\n'));
                    return text.toString();
                }
            }
        }
        throw new IOException(artefact + " has no " + entryName);
    }

    /** Jars of another list that a cut attempt left: two versions of one library do not start. */
    private static void removeStrangers(Path home, Artefacts artefacts) throws IOException {
        List<Path> wanted =
                artefacts.list().stream()
                        .map(artefact ->
                                home.resolve(artefact.folder()).resolve(artefact.fileName()))
                        .toList();
        try (Stream<Path> files = Files.walk(home)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (!file.endsWith(DESCRIPTOR) && !wanted.contains(file)) {
                    Files.delete(file);
                }
            }
        }
    }

    private static void makePrivate(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(
                    folder,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
        }
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
