package assay.agent.check;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where the programs are that the sandbox is made of; absolute paths, as no search path reaches a
 * sandboxed process. Immutable.
 */
record SandboxTools(String shell, String bash, String setpriv, String bwrap, String prlimit) {
    private static final List<String> FOLDERS = List.of("/usr/bin", "/usr/local/bin", "/bin");

    /**
     * Looks for them.
     *
     * @param missing names of those that are not there are added to it
     */
    static Optional<SandboxTools> find(List<String> missing) {
        var found = new ArrayList<String>();
        for (String name : List.of("sh", "bash", "setpriv", "bwrap", "prlimit")) {
            program(name).ifPresentOrElse(found::add, () -> missing.add(name));
        }
        return missing.isEmpty()
                ? Optional.of(
                        new SandboxTools(
                                found.get(0),
                                found.get(1),
                                found.get(2),
                                found.get(3),
                                found.get(4)))
                : Optional.empty();
    }

    /** The path of a program in one of the folders that the sandbox shows. */
    static Optional<String> program(String name) {
        return FOLDERS.stream()
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst();
    }
}
