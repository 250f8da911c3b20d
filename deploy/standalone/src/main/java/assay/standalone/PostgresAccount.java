package assay.standalone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Under whose name PostgreSQL runs: it refuses the superuser. An ordinary user runs it as
 * themselves; the superuser runs it in a user namespace where root is nobody, or, where namespaces
 * are forbidden (as in most containers), as the system's nobody. Immutable.
 *
 * @param prefix put before every command of PostgreSQL
 * @param owner the user id that must own the cluster
 */
record PostgresAccount(List<String> prefix, int owner) {
    private static final int NOBODY = 65_534;

    PostgresAccount {
        prefix = List.copyOf(prefix);
    }

    /**
     * Chooses the account and hands the folder over to it.
     *
     * @throws StandaloneException with {@code MACHINE} where nothing works
     */
    static PostgresAccount forFolder(Path folder) throws IOException, InterruptedException {
        if (!Tools.isRoot()) {
            return new PostgresAccount(List.of(), -1);
        }
        if (Tools.onPath("unshare")
                && Tools.run(List.of("unshare", "-U", "true")).exitStatus() == 0) {
            return new PostgresAccount(List.of("unshare", "-U"), 0).own(folder);
        }
        var nobody =
                new PostgresAccount(
                        List.of(
                                "setpriv",
                                "--reuid=" + NOBODY,
                                "--regid=" + NOBODY,
                                "--clear-groups"),
                        NOBODY);
        nobody.own(folder);
        if (!Tools.onPath("setpriv") || !nobody.mayEnter(folder)) {
            throw new StandaloneException(
                    ErrorCode.MACHINE,
                    "PostgreSQL may not run as root and "
                            + folder
                            + " is closed to other users; run as an ordinary user, or choose a"
                            + " folder like /srv/assay with --data");
        }
        return nobody;
    }

    /** A command of PostgreSQL, run under this account. */
    List<String> command(List<String> arguments) {
        List<String> whole = new ArrayList<>(prefix);
        whole.addAll(arguments);
        return whole;
    }

    private PostgresAccount own(Path folder) throws IOException {
        if (owner == NOBODY) {
            // the way to the cluster, not what lies beside it
            Files.setPosixFilePermissions(
                    folder.getParent(),
                    java.nio.file.attribute.PosixFilePermissions.fromString("rwx--x--x"));
        }
        if (ownerOf(folder) == owner) {
            return this;
        }
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.toList()) {
                Files.setAttribute(
                        path, "unix:uid", owner, java.nio.file.LinkOption.NOFOLLOW_LINKS);
            }
        }
        return this;
    }

    private static int ownerOf(Path path) throws IOException {
        return (Integer) Files.getAttribute(path, "unix:uid");
    }

    private boolean mayEnter(Path folder) throws IOException, InterruptedException {
        return Tools.run(command(List.of("test", "-w", folder.toString()))).exitStatus() == 0;
    }
}
