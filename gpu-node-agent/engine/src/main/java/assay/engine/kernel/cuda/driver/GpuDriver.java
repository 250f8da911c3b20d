package assay.engine.kernel.cuda.driver;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/** The installed driver and its devices. Immutable, thread-safe. */
public final class GpuDriver {
    private static final HexFormat HEX = HexFormat.of();

    /** Compute capability 8.0: bf16 on the matrix units, and asynchronous copies. */
    private static final int CAPABILITY_LEAST = 80;

    private final LibrarySearch search;
    private final CudaDriver cuda;
    private final int version;
    private final List<GpuDevice> devices;

    private GpuDriver(LibrarySearch search, CudaDriver cuda) {
        this.search = search;
        this.cuda = cuda;
        this.version = cuda.cuDriverGetVersion();
        int count = cuda.cuDeviceGetCount();
        List<GpuDevice> found = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            found.add(describe(i));
        }
        this.devices = List.copyOf(found);
    }

    /**
     * Loads the driver.
     *
     * @throws EngineException BACKEND_UNAVAILABLE when there is none, DEVICE_FAILED when it does
     *     not start
     */
    public static GpuDriver open(LibrarySearch search) {
        return new GpuDriver(search, CudaDriver.load(search));
    }

    private GpuDevice describe(int ordinal) {
        int device = cuda.cuDeviceGet(ordinal);
        return new GpuDevice(
                ordinal,
                uuid(cuda.cuDeviceGetUuid(device)),
                cuda.cuDeviceGetName(device),
                cuda.cuDeviceTotalMem(device),
                cuda.cuDeviceGetAttribute(CudaDriver.ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, device),
                cuda.cuDeviceGetAttribute(CudaDriver.ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, device),
                cuda.cuDeviceGetAttribute(CudaDriver.ATTRIBUTE_MULTIPROCESSOR_COUNT, device),
                cuda.cuDeviceGetAttribute(
                        CudaDriver.ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN, device),
                cuda.cuDeviceGetAttribute(CudaDriver.ATTRIBUTE_L2_CACHE_SIZE, device));
    }

    /** Sixteen bytes as groups of 8, 4, 4, 4 and 12 digits. */
    static String uuid(byte[] bytes) {
        return "%s-%s-%s-%s-%s"
                .formatted(
                        HEX.formatHex(bytes, 0, 4),
                        HEX.formatHex(bytes, 4, 6),
                        HEX.formatHex(bytes, 6, 8),
                        HEX.formatHex(bytes, 8, 10),
                        HEX.formatHex(bytes, 10, 16));
    }

    /** 13000 for CUDA 13.0: the newest release that the driver understands. */
    public int version() {
        return version;
    }

    public List<GpuDevice> devices() {
        return devices;
    }

    /**
     * A device by its ordinal or by its UUID, with or without the leading {@code GPU-}.
     *
     * @throws EngineException BACKEND_UNAVAILABLE names those there are, or says that the device is
     *     too old
     */
    public GpuDevice device(String wanted) {
        String plain = wanted.toLowerCase(Locale.ROOT).replaceFirst("^(gpu|mig)-", "");
        for (GpuDevice device : devices) {
            if (plain.equals(Integer.toString(device.ordinal())) || plain.equals(device.uuid())) {
                if (device.capability() < CAPABILITY_LEAST) {
                    throw new EngineException(
                            ErrorCode.BACKEND_UNAVAILABLE,
                            "device %s, %s: compute capability %d.%d (expected: 8.0 or above)"
                                    .formatted(
                                            wanted, device.name(), device.major(), device.minor()));
                }
                return device;
            }
        }
        throw new EngineException(
                ErrorCode.BACKEND_UNAVAILABLE,
                "device: %s (expected: one of %d, by ordinal or UUID: %s)"
                        .formatted(
                                wanted,
                                devices.size(),
                                devices.stream()
                                        .map(d -> d.ordinal() + " " + d.uuid() + " " + d.name())
                                        .toList()));
    }

    CudaDriver cuda() {
        return cuda;
    }

    LibrarySearch search() {
        return search;
    }
}
