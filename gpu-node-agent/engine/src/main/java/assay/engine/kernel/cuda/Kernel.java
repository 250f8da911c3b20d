package assay.engine.kernel.cuda;

/** One kernel, ready on one device. Confined to the thread that owns the device. */
public interface Kernel {
    /**
     * Queues the kernel on a stream; returns before it has run. Launches on one stream run in
     * order.
     *
     * @param stream of the device
     * @param arguments in the kernel's order; copied before this returns
     * @throws assay.engine.EngineException when the driver refuses
     */
    void launch(long stream, LaunchShape shape, KernelArguments arguments);
}
