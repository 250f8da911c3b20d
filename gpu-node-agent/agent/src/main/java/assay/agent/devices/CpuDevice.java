package assay.agent.devices;

/** The processor with main memory. Confined to the control loop. */
final class CpuDevice implements ComputeDevice {
    private final Description description;
    private final MachineMemory memory;
    private final ProcessorTime time;
    private final boolean capped;

    CpuDevice(Description description, MachineMemory memory, ProcessorTime time, boolean capped) {
        this.description = description;
        this.memory = memory;
        this.time = time;
        this.capped = capped;
    }

    @Override
    public Description description() {
        return description;
    }

    @Override
    public Reading read(long stageBytes) {
        long total = description.memoryTotalBytes();
        long free = Math.clamp(memory.availableBytes() + stageBytes, 0, total);
        // An agent with a cap is one of several on its machine: its device is its own share, used
        // by its own process.
        long used = capped ? memory.processBytes() : memory.totalBytes() - memory.availableBytes();
        return new Reading(Math.clamp(used, 0, total), free, time.busyRatio());
    }
}
