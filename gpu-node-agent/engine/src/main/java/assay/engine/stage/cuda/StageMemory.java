package assay.engine.stage.cuda;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.kernel.DType;
import assay.engine.kernel.cuda.DeviceMatrix;
import assay.engine.kernel.cuda.DeviceRows;
import assay.engine.kernel.cuda.driver.GpuContext;
import assay.engine.kernel.cuda.driver.GpuMemory;
import assay.engine.kernel.cuda.driver.PinnedMemory;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** All device memory of one stage, taken while it is loaded and given back together. */
final class StageMemory implements AutoCloseable {
    private final GpuContext context;
    private final List<GpuMemory> taken = new ArrayList<>();
    private final List<PinnedMemory> pinned = new ArrayList<>();
    private long bytes;

    StageMemory(GpuContext context) {
        this.context = context;
    }

    /**
     * Address of uninitialised memory, on a boundary of 256 bytes.
     *
     * @param what it is for, for the message
     * @throws EngineException OUT_OF_MEMORY tells what was asked for, what the stage had taken
     *     before and what is free
     */
    long take(String what, long size) {
        try {
            GpuMemory memory = context.allocate(Math.max(1, size));
            taken.add(memory);
            bytes += size;
            return memory.address();
        } catch (EngineException e) {
            if (e.code() != ErrorCode.OUT_OF_MEMORY) {
                throw e;
            }
            throw new EngineException(
                    e.code(),
                    "%s, beside %d bytes of this stage: %s".formatted(what, bytes, e.getMessage()),
                    e);
        }
    }

    /** Room for activations. */
    DeviceRows rows(String what, int count, int width) {
        return DeviceRows.dense(take(what, 2L * count * width), count, width);
    }

    /** Room for a weight. */
    DeviceMatrix matrix(String what, DType type, int rows, int width) {
        long data = take(what, DeviceMatrix.dataBytes(type, rows, width));
        long scaleBytes = DeviceMatrix.scaleBytes(type, rows, width);
        long scales = scaleBytes == 0 ? 0 : take(what, scaleBytes);
        return new DeviceMatrix(type, rows, width, data, scales);
    }

    /** Main memory that the device copies from and to by itself. */
    MemorySegment pin(long size) {
        PinnedMemory memory = context.pinned(Math.max(1, size));
        pinned.add(memory);
        return memory.segment();
    }

    /** Device memory that was taken so far. */
    long bytes() {
        return bytes;
    }

    @Override
    public void close() {
        taken.forEach(GpuMemory::close);
        taken.clear();
        pinned.forEach(PinnedMemory::close);
        pinned.clear();
    }
}
