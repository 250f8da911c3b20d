package assay.engine.stage.cuda;

import assay.engine.kernel.DType;
import assay.engine.kernel.cuda.DeviceMatrix;
import assay.engine.kernel.cuda.WeightKernels;
import assay.engine.kernel.cuda.driver.GpuStream;
import assay.engine.model.AttentionSpec;
import assay.engine.weights.TensorNames;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * Random weights made on the device, of the shape and type of a model whose files are not here: for
 * measurements. Norms are 1 and biases 0, so that numbers stay in range through all layers. Which
 * stage makes a tensor does not matter: it follows from its name.
 *
 * @param type of the matrices that a stage may keep in fewer bits; the others are bf16
 */
record MadeWeights(GpuStream stream, WeightKernels kernels, StageMemory memory, DType type)
        implements WeightSource {
    private static final float SPREAD = 1.7f;
    private static final List<String> WIDE = List.of(".gate.weight", TensorNames.EMBEDDING);

    @Override
    public DeviceMatrix stacked(List<Part> parts, int width) {
        int rows = parts.stream().mapToInt(Part::rows).sum();
        String name = parts.getFirst().name();
        boolean wide = WIDE.stream().anyMatch(name::endsWith) || width % type.blockElements() != 0;
        return made(name, wide ? DType.BF16 : type, rows, width);
    }

    private DeviceMatrix made(String name, DType as, int rows, int width) {
        DeviceMatrix matrix = memory.matrix(name, as, rows, width);
        float spread = (float) (SPREAD / Math.sqrt(width));
        kernels.fillRandom(stream.handle(), matrix, name.hashCode(), spread);
        return matrix;
    }

    @Override
    public long floats(List<Part> parts) {
        int total = parts.stream().mapToInt(Part::rows).sum();
        String name = parts.getFirst().name();
        boolean norm = name.endsWith("norm.weight") || name.endsWith("layernorm.weight");
        MemorySegment host = memory.pin((long) Float.BYTES * total);
        for (int i = 0; i < total; i++) {
            host.setAtIndex(ValueLayout.JAVA_FLOAT, i, norm ? 1 : 0);
        }
        long address = memory.take(name, host.byteSize());
        stream.upload(host, address);
        return address;
    }

    @Override
    public HeadPair heads(int layerIndex, AttentionSpec.Latent spec) {
        int heads = spec.heads();
        int rank = spec.latentRank();
        String keys = TensorNames.weight(layerIndex, TensorNames.KEYS_OF_LATENT);
        String values = TensorNames.weight(layerIndex, TensorNames.VALUES_OF_LATENT);
        return new HeadPair(
                made(keys, DType.BF16, heads * rank, spec.plainDim()),
                made(values, DType.BF16, heads * spec.headValueDim(), rank));
    }

    @Override
    public void close() {
        stream.await();
    }
}
