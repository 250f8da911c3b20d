package assay.standalone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** {@code down}: stops the installation on a data folder. */
final class Shutdown {
    /** Longer than the launcher takes for all its processes, each by force if need be. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final DataFolder folder;

    private Shutdown(DataFolder folder) {
        this.folder = folder;
    }

    static Shutdown of(Path data) {
        return new Shutdown(new DataFolder(data));
    }

    /** Returns 0 once nothing runs any more, also when nothing ran. */
    int run(Progress progress) throws IOException, InterruptedException {
        if (!Files.isDirectory(folder.root())) {
            progress.plain("Nothing runs on " + folder.root() + ": there is no such folder.");
            return 0;
        }
        if (!InstanceLock.isHeld(folder)) {
            progress.plain(
                    clearStale()
                            ? "The launcher was gone already; what it left behind is stopped now."
                            : "Nothing runs on " + folder.root() + ".");
            return 0;
        }
        Optional<ProcessHandle> launcher = InstanceLock.holder(folder);
        if (launcher.isEmpty()) {
            throw new StandaloneException(
                    ErrorCode.ALREADY_RUNNING,
                    folder.root() + " is in use by a process that did not leave its number");
        }
        progress.plain("Stopping Assay on " + folder.root());
        Tools.signal(launcher.get().pid(), ChildProcess.Signal.TERM);
        if (!StaleProcesses.endsWithin(launcher.get(), PATIENCE)) {
            throw new StandaloneException(
                    ErrorCode.TIMED_OUT,
                    "the launcher (process "
                            + launcher.get().pid()
                            + ") did not end within "
                            + PATIENCE.toSeconds()
                            + " s");
        }
        progress.plain("Stopped; the data stays in " + folder.root());
        return 0;
    }

    private boolean clearStale() throws IOException, InterruptedException {
        if (!Files.isDirectory(folder.run())) {
            return false;
        }
        Files.deleteIfExists(folder.connectFile());
        int programs = new StaleProcesses(folder.run()).clear();
        boolean server = PostgresServer.stopOrphan(folder.postgres());
        return programs > 0 || server;
    }
}
