/**
 * The GPU's arithmetic: kernels of CUDA C++ that are compiled at load, and the classes that launch
 * them with checked shapes: {@link assay.engine.kernel.cuda.RowKernels} (embedding, norms, what is
 * done element by element), {@link assay.engine.kernel.cuda.ProductKernels} (products with weights
 * of every type), {@link assay.engine.kernel.cuda.AttentionKernels}, {@link
 * assay.engine.kernel.cuda.LatentKernels}, {@link assay.engine.kernel.cuda.ExpertKernels}, {@link
 * assay.engine.kernel.cuda.SamplingKernels} and {@link assay.engine.kernel.cuda.WeightKernels}
 * (uploading). They know addresses and shapes, no network.
 *
 * <p>Activations are bf16, sums f32 in a fixed order: the same launch gives the same bits. Sizes
 * that change from step to step are read from device memory, so that a sequence of launches may be
 * captured as a graph once for a number of tokens; a method whose launches may not says so. Nothing
 * is allocated after construction, and no method waits for the device. Everything is confined to
 * the thread that owns the device, and to one stream at a time.
 */
@NullMarked
package assay.engine.kernel.cuda;

import org.jspecify.annotations.NullMarked;
