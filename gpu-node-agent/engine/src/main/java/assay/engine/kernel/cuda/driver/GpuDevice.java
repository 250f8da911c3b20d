package assay.engine.kernel.cuda.driver;

/**
 * What a device is, as the driver tells. Immutable.
 *
 * @param ordinal by which the driver of this process knows it
 * @param uuid as NVML and {@code nvidia-smi -L} write it, without a leading GPU- or MIG-
 * @param memoryBytes all of it, used or not
 * @param major of the compute capability
 * @param minor of the compute capability
 * @param multiprocessors that run blocks
 * @param sharedBytes that one block may have at most
 * @param cacheBytes of the second-level cache
 */
public record GpuDevice(
        int ordinal,
        String uuid,
        String name,
        long memoryBytes,
        int major,
        int minor,
        int multiprocessors,
        int sharedBytes,
        int cacheBytes) {
    /** 90 for compute capability 9.0. */
    public int capability() {
        return 10 * major + minor;
    }

    /**
     * What NVRTC is to compile for: with the instructions that only this architecture has, where
     * kernels use them.
     */
    public String architecture() {
        return "sm_" + capability() + (capability() == 90 ? "a" : "");
    }
}
