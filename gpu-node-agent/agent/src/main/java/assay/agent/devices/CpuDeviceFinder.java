package assay.agent.devices;

import assay.agent.v1.DeviceKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The machine's processor and main memory as one device, from /proc and the control group's limits.
 */
public final class CpuDeviceFinder implements DeviceFinder {
    /** The device's id. */
    public static final String ID = "cpu";

    private final Path root;
    private final int cores;
    private final Optional<Long> capBytes;

    /**
     * Looks at a machine.
     *
     * @param root "/" but in tests
     * @param cores processors this process may use
     * @param capBytes what the operator lets stages have
     */
    public CpuDeviceFinder(Path root, int cores, Optional<Long> capBytes) {
        this.root = root;
        this.cores = cores;
        this.capBytes = capBytes;
    }

    @Override
    public List<ComputeDevice> find() {
        MachineMemory memory = new MachineMemory(root);
        long total = Math.min(memory.totalBytes(), capBytes.orElse(Long.MAX_VALUE));
        ComputeDevice.Description description =
                new ComputeDevice.Description(
                        ID, DeviceKind.DEVICE_KIND_CPU, processorName(), total, cores);
        return List.of(
                new CpuDevice(description, memory, new ProcessorTime(root), capBytes.isPresent()));
    }

    private String processorName() {
        try {
            for (String line : Files.readAllLines(root.resolve("proc/cpuinfo"))) {
                int colon = line.indexOf(':');
                if (colon > 0
                        && line.substring(0, colon)
                                .strip()
                                .toLowerCase(Locale.ROOT)
                                .equals("model name")) {
                    return line.substring(colon + 1).strip();
                }
            }
        } catch (IOException e) {
            // Not Linux: the architecture is the best name there is.
        }
        return System.getProperty("os.arch", "processor");
    }
}
