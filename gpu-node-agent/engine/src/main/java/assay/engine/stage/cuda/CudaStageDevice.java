package assay.engine.stage.cuda;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.kernel.DType;
import assay.engine.kernel.cuda.DenseProduct;
import assay.engine.kernel.cuda.LibraryProduct;
import assay.engine.kernel.cuda.SourceLauncher;
import assay.engine.kernel.cuda.driver.GpuContext;
import assay.engine.kernel.cuda.driver.GpuDevice;
import assay.engine.kernel.cuda.driver.GpuDriver;
import assay.engine.kernel.cuda.driver.GpuStream;
import assay.engine.kernel.cuda.driver.KernelCompiler;
import assay.engine.kernel.cuda.driver.MatrixProduct;
import assay.engine.model.LayerRange;
import assay.engine.model.ModelSpec;
import assay.engine.stage.Stage;
import assay.engine.stage.StageConfig;
import assay.engine.stage.StageDevice;
import assay.engine.weights.Checkpoint;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;

/** One GPU, its compiled kernels and the stream that all its stages here run on. */
public final class CudaStageDevice implements StageDevice {
    private static final Logger LOG = System.getLogger(CudaStageDevice.class.getName());

    /** What cuBLAS advises for compute capability 9.0. */
    private static final long LIBRARY_WORKSPACE_BYTES = 32L << 20;

    private final GpuContext context;
    private final SourceLauncher launcher;
    private final GpuStream stream;
    private final Optional<MatrixProduct> library;

    private CudaStageDevice(GpuContext context, KernelCompiler compiler) {
        this.context = context;
        this.launcher = new SourceLauncher(context, compiler);
        this.stream = context.stream();
        this.library = library(context);
    }

    /**
     * Opens a device. May be used by another thread afterwards, by one at a time.
     *
     * @throws EngineException DEVICE_FAILED in the driver's words
     */
    public static CudaStageDevice open(
            GpuDriver driver, GpuDevice device, KernelCompiler compiler) {
        GpuContext context = GpuContext.open(driver, device);
        try {
            return new CudaStageDevice(context, compiler);
        } catch (RuntimeException e) {
            context.close();
            throw e;
        }
    }

    private static Optional<MatrixProduct> library(GpuContext context) {
        try {
            return Optional.of(new MatrixProduct(context, LIBRARY_WORKSPACE_BYTES));
        } catch (EngineException e) {
            if (e.code() != ErrorCode.BACKEND_UNAVAILABLE) {
                throw e;
            }
            LOG.log(Level.WARNING, "prompts run slower without cuBLASLt: " + e.getMessage());
            return Optional.empty();
        }
    }

    @Override
    public String name() {
        return "cuda:" + context.device().ordinal();
    }

    /** What it is. */
    public GpuDevice device() {
        return context.device();
    }

    @Override
    public boolean computesFromFiles() {
        return false;
    }

    @Override
    public Stage load(ModelSpec spec, Checkpoint checkpoint, LayerRange range, StageConfig config) {
        return CudaStage.load(this, spec, checkpoint, range, config);
    }

    /**
     * A stage with random weights, made on the device: for measurements of models whose files are
     * not here.
     *
     * @param type of the large matrices
     * @throws EngineException OUT_OF_MEMORY what was asked for
     */
    public Stage make(ModelSpec spec, LayerRange range, StageConfig config, DType type) {
        return CudaStage.make(this, spec, range, config, type);
    }

    GpuContext context() {
        return context;
    }

    SourceLauncher launcher() {
        return launcher;
    }

    GpuStream stream() {
        return stream;
    }

    Optional<DenseProduct> library() {
        return library.map(LibraryProduct::new);
    }

    @Override
    public void close() {
        library.ifPresent(MatrixProduct::close);
        context.close();
    }
}
