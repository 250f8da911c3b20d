package assay.agent.check;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Runs a program with nothing but {@code /usr}, a small {@code /tmp} and one job folder: no
 * network, no other file, no variable of this process, no privilege, bounded time, memory, file
 * size and output. Built on bubblewrap and a seccomp filter of our own; under root the user is
 * changed first, as limits on processes do not hold for root. Thread-safe.
 *
 * <p>Goals: what runs inside can neither read nor change nor reach anything outside its job folder,
 * and always ends. {@link SandboxSelfTest} shows that it is so on this machine before anything else
 * runs.
 */
final class Sandbox implements AutoCloseable {
    private static final int NOBODY = 65534;
    private static final int KILLED = 128 + 9;
    private static final int TMP_BYTES = 64 << 20;

    private final SandboxTools tools;
    private final CheckLimits limits;
    private final Path folder;
    private final Path filter;
    private final boolean root;

    private Sandbox(
            SandboxTools tools, CheckLimits limits, Path folder, Path filter, boolean root) {
        this.tools = tools;
        this.limits = limits;
        this.folder = folder;
        this.filter = filter;
        this.root = root;
    }

    /**
     * Makes the folder that holds the filter and the jobs.
     *
     * @param filterProgram of {@link SeccompFilter}
     * @throws UncheckedIOException when the temporary folder cannot be written
     */
    static Sandbox open(SandboxTools tools, CheckLimits limits, byte[] filterProgram) {
        try {
            Path folder = Files.createTempDirectory("assay-check-");
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
            Path filter = Files.write(folder.resolve("filter.bpf"), filterProgram);
            Files.setPosixFilePermissions(filter, PosixFilePermissions.fromString("r--r--r--"));
            boolean root =
                    Integer.valueOf(0)
                            .equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
            return new Sandbox(tools, limits, folder, filter, root);
        } catch (IOException e) {
            throw new UncheckedIOException("sandbox folder", e);
        }
    }

    /** A new, empty folder that processes inside see as {@code /job}; its closing removes it. */
    Job newJob() {
        try {
            Path job = Files.createTempDirectory(folder, "job-");
            if (root) {
                Files.setAttribute(job, "unix:uid", NOBODY);
                Files.setAttribute(job, "unix:gid", NOBODY);
            }
            return new Job(job);
        } catch (IOException e) {
            throw new UncheckedIOException("job folder", e);
        }
    }

    /**
     * Runs a program inside and waits for its end.
     *
     * @param writable whether it may write into the job folder
     * @param command program under {@code /usr} and its arguments
     * @throws InterruptedException when the waiting thread is interrupted; the process is dead by
     *     then
     */
    SandboxRun run(Job job, boolean writable, List<String> command) throws InterruptedException {
        var builder = new ProcessBuilder(commandLine(job.folder(), writable, command));
        builder.environment().clear(); // bubblewrap's own first process would show them inside
        builder.directory(folder.toFile());
        try {
            Process process = builder.start();
            try {
                process.getOutputStream().close();
                return await(process);
            } finally {
                endTree(process);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("sandbox: " + command.getFirst(), e);
        }
    }

    @Override
    public void close() {
        removeTree(folder);
    }

    private SandboxRun await(Process process) throws InterruptedException {
        var out = new CappedReader(process.getInputStream(), process);
        var err = new CappedReader(process.getErrorStream(), process);
        if (!process.waitFor(limits.wall().toMillis(), TimeUnit.MILLISECONDS)) {
            endTree(process);
            return new SandboxRun.Overran("time: more than " + limits.wall().toSeconds() + " s");
        }
        String outText = out.text();
        String errText = err.text();
        if (out.flooded || err.flooded) {
            return new SandboxRun.Overran("output: more than " + limits.outputBytes() + " bytes");
        }
        if (process.exitValue() == KILLED) {
            return new SandboxRun.Overran(
                    "processor time: more than " + limits.cpu().toSeconds() + " s");
        }
        return new SandboxRun.Finished(process.exitValue(), outText, errText);
    }

    private List<String> commandLine(Path job, boolean writable, List<String> command) {
        var line = new ArrayList<String>();
        // Java closes every descriptor above 2 in a child, so the filter is opened by a shell in
        // between.
        line.addAll(List.of(tools.shell(), "-c", "exec 9<\"$0\"; exec \"$@\"", filter.toString()));
        if (root) {
            line.addAll(
                    List.of(
                            tools.setpriv(),
                            "--reuid=" + NOBODY,
                            "--regid=" + NOBODY,
                            "--clear-groups"));
        }
        line.addAll(
                List.of(
                        tools.bwrap(),
                        "--seccomp",
                        "9",
                        "--unshare-all",
                        "--unshare-user",
                        "--disable-userns",
                        "--die-with-parent",
                        "--new-session",
                        "--clearenv",
                        "--cap-drop",
                        "ALL"));
        line.addAll(
                List.of("--uid", "" + NOBODY, "--gid", "" + NOBODY, "--ro-bind", "/usr", "/usr"));
        Map.of("/bin", "usr/bin", "/lib", "usr/lib", "/lib64", "usr/lib64")
                .forEach((link, target) -> line.addAll(List.of("--symlink", target, link)));
        for (String readable : List.of("/etc/ocamlfind.conf", "/var/lib/coq")) {
            line.addAll(
                    List.of(
                            "--ro-bind-try",
                            readable,
                            readable)); // coqc of Debian dies without them
        }
        line.addAll(
                List.of(
                        "--proc",
                        "/proc",
                        "--dev",
                        "/dev",
                        "--size",
                        "" + TMP_BYTES,
                        "--tmpfs",
                        "/tmp"));
        line.addAll(
                List.of(
                        writable ? "--bind" : "--ro-bind",
                        job.toString(),
                        "/job",
                        "--chdir",
                        "/job"));
        line.addAll(
                List.of(
                        "--remount-ro",
                        "/",
                        "--setenv",
                        "PATH",
                        "/usr/bin",
                        "--setenv",
                        "HOME",
                        "/tmp"));
        line.addAll(
                List.of(
                        tools.prlimit(),
                        "--as=" + limits.addressSpaceBytes(),
                        "--cpu=" + limits.cpu().toSeconds(),
                        "--fsize=" + limits.fileBytes(),
                        "--nproc=16",
                        "--core=0",
                        "--nofile=256",
                        "--"));
        line.addAll(command);
        return line;
    }

    private static void endTree(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    private static void removeTree(Path top) {
        try (Stream<Path> tree = Files.walk(top)) {
            for (Path path : tree.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("remove " + top, e);
        }
    }

    /** A folder of one check. Confined to the thread of the check. */
    record Job(Path folder) implements AutoCloseable {
        void write(String name, String text) {
            try {
                Path file = Files.writeString(folder.resolve(name), text);
                Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
            } catch (IOException e) {
                throw new UncheckedIOException("job file " + name, e);
            }
        }

        /** Names of everything in it. */
        List<String> names() {
            try (Stream<Path> files = Files.list(folder)) {
                return files.map(file -> file.getFileName().toString()).sorted().toList();
            } catch (IOException e) {
                throw new UncheckedIOException("job folder", e);
            }
        }

        @Override
        public void close() {
            removeTree(folder);
        }
    }

    /**
     * Collects a stream on a thread of its own and ends the process when there is too much of it.
     */
    private final class CappedReader {
        private final CompletableFuture<String> text = new CompletableFuture<>();
        private volatile boolean flooded;

        CappedReader(InputStream stream, Process process) {
            Thread.ofVirtual().name("sandbox-output").start(() -> read(stream, process));
        }

        private void read(InputStream stream, Process process) {
            try (stream) {
                byte[] bytes = stream.readNBytes(limits.outputBytes() + 1);
                if (bytes.length > limits.outputBytes()) {
                    flooded = true;
                    endTree(process);
                }
                text.complete(new String(bytes, StandardCharsets.UTF_8));
            } catch (IOException e) { // the stream of an ended process
                text.complete("");
            }
        }

        String text() throws InterruptedException {
            try {
                return text.get();
            } catch (ExecutionException e) {
                throw new IllegalStateException("sandbox output", e);
            }
        }
    }
}
