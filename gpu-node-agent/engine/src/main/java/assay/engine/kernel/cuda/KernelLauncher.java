package assay.engine.kernel.cuda;

/**
 * Where the launching classes of this package get their kernels: the compiled sources of one
 * device. Confined to the thread that owns the device.
 */
public interface KernelLauncher {
    /**
     * A kernel of one of the sources beside this class. A source is compiled as {@code common.cu}
     * followed by its own text, for the device's own architecture (with the suffix {@code a} from
     * 9.0 on), as C++17.
     *
     * @param source name of the file, without {@code .cu}; {@code name@TYPE} for one that is
     *     compiled for weights of one type, with {@code -DWEIGHT=TYPE}
     * @param name of an {@code extern "C" __global__} function in it
     * @param sharedBytes largest dynamic shared memory of its launches; above 48 KiB the launcher
     *     raises the kernel's limit
     */
    Kernel kernel(String source, String name, int sharedBytes);

    /** Compute capability of the device: 90 for 9.0. */
    int capability();

    /** Multiprocessors of the device: what a grid must fill. */
    int multiprocessors();

    /** Most shared memory that one block of a kernel may have, in bytes. */
    int sharedBytesPerBlock();
}
