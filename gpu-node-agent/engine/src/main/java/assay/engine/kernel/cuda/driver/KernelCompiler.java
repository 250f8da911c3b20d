package assay.engine.kernel.cuda.driver;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Turns CUDA C++ into machine code for one architecture, and keeps it in a folder: a node compiles
 * each kernel once for its driver. Two processes that compile the same at once write the same file,
 * each in one move. Thread-safe.
 */
public final class KernelCompiler {
    /** A folder for machine code, in place of the user's cache folder. */
    public static final String VARIABLE = "ASSAY_CUBIN_CACHE";

    private static final Logger LOG = System.getLogger(KernelCompiler.class.getName());

    private final GpuDriver driver;
    private final Path folder;
    private @Nullable Nvrtc compiler;

    /**
     * @param folder made where it is absent; where that fails, nothing is kept
     */
    public KernelCompiler(GpuDriver driver, Path folder) {
        this.driver = driver;
        this.folder = folder;
    }

    /** The folder that the environment names, or that its conventions give. */
    public static Path folderOf(Map<String, String> environment) {
        String named = environment.get(VARIABLE);
        if (named != null && !named.isBlank()) {
            return Path.of(named);
        }
        String caches = environment.get("XDG_CACHE_HOME");
        Path base =
                caches != null && !caches.isBlank()
                        ? Path.of(caches)
                        : Path.of(System.getProperty("user.home", "."), ".cache");
        return base.resolve("assay").resolve("cubins");
    }

    /**
     * Machine code of a source, compiled now or before. Needs NVRTC only for what was not.
     *
     * @param source self-contained CUDA C++
     * @param name for messages
     * @param options beside the architecture and the language, for example {@code -DWIDTH=128}
     * @param device that will run it
     * @throws assay.engine.EngineException DEVICE_FAILED with the compiler's log,
     *     BACKEND_UNAVAILABLE when there is no compiler
     */
    public byte[] compile(String source, String name, List<String> options, GpuDevice device) {
        List<String> all = new ArrayList<>();
        all.add("--gpu-architecture=" + device.architecture());
        all.add("--std=c++17");
        all.addAll(options);
        Path file = folder.resolve(name + "-" + key(source, all, driver.version()) + ".cubin");
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            byte[] cubin = compiler().compile(source, name, all);
            keep(file, cubin);
            return cubin;
        }
    }

    /** What machine code follows from: source, options with the architecture, driver. */
    static String key(String source, List<String> options, int driverVersion) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String option : options) {
                digest.update(option.getBytes(StandardCharsets.UTF_8));
                digest.update((byte) 0);
            }
            digest.update(Integer.toString(driverVersion).getBytes(StandardCharsets.UTF_8));
            digest.update((byte) 0);
            digest.update(source.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is part of every JDK", e);
        }
    }

    private synchronized Nvrtc compiler() {
        Nvrtc loaded = compiler;
        if (loaded == null) {
            loaded = Nvrtc.load(driver.search());
            compiler = loaded;
        }
        return loaded;
    }

    private void keep(Path file, byte[] cubin) {
        try {
            Files.createDirectories(folder);
            Path part = Files.createTempFile(folder, "part", ".cubin");
            Files.write(part, cubin);
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            LOG.log(Level.WARNING, "compiled kernels are not kept in " + folder + ": " + e);
        }
    }
}
