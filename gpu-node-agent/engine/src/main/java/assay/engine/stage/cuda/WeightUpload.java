package assay.engine.stage.cuda;

import assay.engine.kernel.DType;
import assay.engine.kernel.Dequantizer;
import assay.engine.kernel.Tensor;
import assay.engine.kernel.cuda.DeviceMatrix;
import assay.engine.kernel.cuda.DeviceRows;
import assay.engine.kernel.cuda.WeightKernels;
import assay.engine.kernel.cuda.driver.GpuContext;
import assay.engine.kernel.cuda.driver.GpuEvent;
import assay.engine.kernel.cuda.driver.GpuMemory;
import assay.engine.kernel.cuda.driver.GpuStream;
import assay.engine.kernel.cuda.driver.PinnedMemory;
import assay.engine.layer.HeadMatrices;
import assay.engine.model.AttentionSpec;
import assay.engine.weights.Checkpoint;
import assay.engine.weights.StageWeights;
import assay.engine.weights.WeightType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Brings weights from mapped files to the device, tensor by tensor: through pinned memory in a
 * ring, so that the copy of one piece runs while the next is read, and on the device into the order
 * that kernels want. Lives while a stage is loaded.
 */
final class WeightUpload implements WeightSource {
    private static final long PIECE_BYTES = 16L << 20;
    private static final int PIECES = 3;

    private final GpuContext context;
    private final GpuStream stream;
    private final WeightKernels kernels;
    private final StageMemory memory;
    private final Checkpoint checkpoint;
    private final WeightType type;
    private final List<Piece> ring = new ArrayList<>();
    private int next;

    /** Room for one piece on both sides, and when the device has read it. */
    private record Piece(PinnedMemory host, GpuMemory device, GpuEvent done) {}

    WeightUpload(
            GpuContext context,
            GpuStream stream,
            WeightKernels kernels,
            StageMemory memory,
            Checkpoint checkpoint,
            WeightType type) {
        this.context = context;
        this.stream = stream;
        this.kernels = kernels;
        this.memory = memory;
        this.checkpoint = checkpoint;
        this.type = type;
        for (int i = 0; i < PIECES; i++) {
            ring.add(
                    new Piece(
                            context.pinned(PIECE_BYTES),
                            context.allocate(PIECE_BYTES),
                            context.event(false)));
        }
    }

    @Override
    public DeviceMatrix stacked(List<Part> parts, int width) {
        Set<DType> types =
                parts.stream().map(part -> kept(part, width)).collect(Collectors.toSet());
        DType common = types.iterator().next();
        boolean aligned =
                common != DType.F8_E4M3
                        || parts.stream()
                                .limit(parts.size() - 1L)
                                .allMatch(part -> part.rows() % Dequantizer.SCALE_BLOCK == 0);
        DType whole = types.size() == 1 && aligned ? common : DType.BF16;
        int rows = parts.stream().mapToInt(Part::rows).sum();
        DeviceMatrix to = memory.matrix(parts.getFirst().name(), whole, rows, width);
        int first = 0;
        for (Part part : parts) {
            DeviceMatrix place = to.slice(first, part.rows());
            withTensor(part.name(), tensor -> put(tensor, place), part.rows(), width);
            first += part.rows();
        }
        return to;
    }

    /** A matrix that is in main memory already. */
    private DeviceMatrix matrix(String what, Tensor tensor) {
        DeviceMatrix to = memory.matrix(what, tensor.type(), tensor.rows(), tensor.width());
        put(tensor, to);
        return to;
    }

    @Override
    public long floats(List<Part> parts) {
        int total = parts.stream().mapToInt(Part::rows).sum();
        long to = memory.take(parts.getFirst().name(), (long) total * Float.BYTES);
        int first = 0;
        for (Part part : parts) {
            long place = to + (long) first * Float.BYTES;
            withTensor(
                    part.name(),
                    tensor -> {
                        Piece piece = piece();
                        MemorySegment host = piece.host().segment();
                        float[] row = new float[tensor.width()];
                        tensor.readRow(0, row);
                        MemorySegment.copy(
                                row,
                                0,
                                host,
                                java.lang.foreign.ValueLayout.JAVA_FLOAT,
                                0,
                                row.length);
                        stream.upload(host.asSlice(0, (long) row.length * Float.BYTES), place);
                        stream.record(piece.done());
                    },
                    part.rows());
            first += part.rows();
        }
        return to;
    }

    @Override
    public HeadPair heads(int layerIndex, AttentionSpec.Latent spec) {
        try (Arena arena = Arena.ofShared()) { // quantising takes several threads
            StageWeights weights = new StageWeights(checkpoint, type, arena);
            HeadMatrices cut = HeadMatrices.of(arena, weights, layerIndex, spec);
            return new HeadPair(
                    matrix("queries to the latent", cut.toLatent()),
                    matrix("latents to values", cut.toValue()));
        }
    }

    private DType kept(Part part, int width) {
        Tensor stored = checkpoint.tensor(part.name()).matrix(part.rows(), width);
        return type.keeps(part.name(), stored);
    }

    private void withTensor(String name, Consumer<Tensor> use, int... shape) {
        try (Arena arena = Arena.ofShared()) { // quantising takes several threads
            StageWeights weights = new StageWeights(checkpoint, type, arena);
            if (type == WeightType.STORED) {
                weights.read(
                        name,
                        tensor -> {
                            use.accept(tensor);
                            return tensor;
                        },
                        shape);
            } else {
                use.accept(weights.tensor(name, shape));
            }
        }
    }

    private void put(Tensor from, DeviceMatrix to) {
        if (from.type() == to.type()) {
            copy(from, to);
            return;
        }
        try (StageMemory passing = new StageMemory(context)) {
            DeviceMatrix as =
                    passing.matrix(
                            "a matrix to turn into bf16", from.type(), from.rows(), from.width());
            copy(from, as);
            kernels.expand(
                    stream.handle(), as, 0, DeviceRows.dense(to.data(), from.rows(), from.width()));
            stream.await();
        }
    }

    private void copy(Tensor from, DeviceMatrix to) {
        long rowBytes = from.rowBytes();
        int step = Math.toIntExact(Math.max(1, PIECE_BYTES / rowBytes));
        if (step >= Dequantizer.SCALE_BLOCK) {
            step -= step % Dequantizer.SCALE_BLOCK;
        }
        for (int first = 0; first < from.rows(); first += step) {
            int count = Math.min(step, from.rows() - first);
            long at = first * rowBytes;
            for (long done = 0; done < count * rowBytes; ) {
                Piece piece = piece();
                long bytes = Math.min(PIECE_BYTES, count * rowBytes - done);
                MemorySegment host = piece.host().segment().asSlice(0, bytes);
                host.copyFrom(from.data().asSlice(at + done, bytes));
                if (DeviceMatrix.plain(from.type())) {
                    stream.upload(host, to.data() + at + done);
                } else {
                    stream.upload(host, piece.device().address());
                    kernels.pack(stream.handle(), piece.device().address(), to.slice(first, count));
                }
                stream.record(piece.done());
                done += bytes;
            }
        }
        Tensor scales = from.scales();
        if (scales != null) {
            copy(
                    scales,
                    new DeviceMatrix(DType.F32, scales.rows(), scales.width(), to.scales(), 0));
        }
    }

    /** The next one of the ring, once the device has read what was in it. */
    private Piece piece() {
        Piece piece = ring.get(next);
        next = (next + 1) % PIECES;
        piece.done().await();
        return piece;
    }

    /** Waits for the last copies, and gives the ring back. */
    @Override
    public void close() {
        stream.await();
        for (Piece piece : ring) {
            piece.host().close();
            piece.device().close();
            piece.done().close();
        }
    }
}
