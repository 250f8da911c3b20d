package assay.engine.weights;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.kernel.DType;
import assay.engine.kernel.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The tensors that a stage computes with: those of a checkpoint where they are mapped, or copies of
 * them made smaller. Copies are of everything, so that the checkpoint may be closed as soon as the
 * stage is loaded; then nothing of the files stays in memory. Confined to the thread that loads.
 *
 * <p>What a stage holds is resident when it is loaded, and nothing else of the files is: mapped
 * tensors that are used are read in, the pages of those that were copied are given back at once.
 */
public final class StageWeights {
    private static final int MEMORY_ALIGNMENT = 64;

    /** No machine's page is larger. */
    private static final long PAGE_BYTES_MAX = 64 << 10;

    private final Checkpoint checkpoint;
    private final WeightType type;
    private final Arena arena;
    private final Map<String, Tensor> copies = new HashMap<>();

    /**
     * @param arena of the copies
     */
    public StageWeights(Checkpoint checkpoint, WeightType type, Arena arena) {
        this.checkpoint = checkpoint;
        this.type = type;
        this.arena = arena;
    }

    /**
     * A tensor that is used where it stands.
     *
     * @param shape all dimensions but the last count as rows
     * @throws EngineException MODEL_INVALID or MODEL_UNSUPPORTED names the tensor
     */
    public Tensor tensor(String name, int... shape) {
        Tensor stored = checkpoint.tensor(name).matrix(shape);
        return type == WeightType.STORED
                ? readIn(stored)
                : copies.computeIfAbsent(name, it -> copy(it, stored));
    }

    /** Whether the files hold such a tensor. */
    public boolean has(String name) {
        return checkpoint.has(name);
    }

    /**
     * What is made of a tensor that is read once, while loading: as stored, in any case.
     *
     * @param use keeps nothing of the tensor
     */
    public <T> T read(String name, Function<Tensor, T> use, int... shape) {
        Tensor stored = checkpoint.tensor(name).matrix(shape);
        T made = use.apply(stored);
        giveBack(stored);
        return made;
    }

    private static Tensor readIn(Tensor stored) {
        if (stored.data().isMapped()) {
            stored.data().load();
        }
        if (stored.scales() != null) {
            readIn(stored.requireScales());
        }
        return stored;
    }

    /** Of the whole pages within: others may hold what is used. */
    private static void giveBack(Tensor stored) {
        MemorySegment data = stored.data();
        long from = Math.floorMod(-data.address(), PAGE_BYTES_MAX);
        long end = data.byteSize() - (data.address() + data.byteSize()) % PAGE_BYTES_MAX;
        if (data.isMapped() && from < end) {
            data.asSlice(from, end - from).unload();
        }
    }

    private Tensor copy(String name, Tensor stored) {
        DType wanted = type.keeps(name, stored);
        MemorySegment data = allocate(name, stored.rows() * wanted.bytes(stored.width()));
        if (wanted != stored.type()) {
            Quantizer.quantize(stored, wanted, data, name);
            giveBack(stored);
            return new Tensor(wanted, stored.rows(), stored.width(), data);
        }
        data.copyFrom(stored.data());
        giveBack(stored);
        return new Tensor(wanted, stored.rows(), stored.width(), data, scales(name, stored));
    }

    private @Nullable Tensor scales(String name, Tensor stored) {
        Tensor scales = stored.scales();
        if (scales == null) {
            return null;
        }
        MemorySegment data = allocate(name, scales.data().byteSize());
        data.copyFrom(scales.data());
        return new Tensor(scales.type(), scales.rows(), scales.width(), data);
    }

    private MemorySegment allocate(String name, long bytes) {
        try {
            return arena.allocate(bytes, MEMORY_ALIGNMENT);
        } catch (OutOfMemoryError e) {
            throw new EngineException(
                    ErrorCode.OUT_OF_MEMORY,
                    "tensor %s: %d bytes cannot be had".formatted(name, bytes),
                    e);
        }
    }
}
