package assay.engine.kernel.cuda;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.kernel.cuda.driver.GpuContext;
import assay.engine.kernel.cuda.driver.GpuKernel;
import assay.engine.kernel.cuda.driver.GpuModule;
import assay.engine.kernel.cuda.driver.KernelCompiler;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Kernels of this package's sources, compiled when the first of a source is asked for. */
public final class SourceLauncher implements KernelLauncher {
    private static final String COMMON = "common";
    private static final char TYPE_MARK = '@';
    private static final int EARLY_CAPABILITY = 90;

    private final GpuContext context;
    private final KernelCompiler compiler;
    private final boolean early;
    private final Map<String, GpuModule> modules = new HashMap<>();

    public SourceLauncher(GpuContext context, KernelCompiler compiler) {
        this.context = context;
        this.compiler = compiler;
        this.early = context.device().capability() >= EARLY_CAPABILITY;
    }

    @Override
    public Kernel kernel(String source, String name, int sharedBytes) {
        GpuModule module = modules.computeIfAbsent(source, this::compile);
        GpuKernel kernel = module.kernel(name, sharedBytes);
        return (stream, shape, arguments) ->
                kernel.launch(
                        stream,
                        new GpuKernel.Blocks(shape.x(), shape.y(), shape.z()),
                        shape.threads(),
                        shape.sharedBytes(),
                        early && shape.early(),
                        arguments.packed());
    }

    private GpuModule compile(String source) {
        int type = source.indexOf(TYPE_MARK);
        String file = type < 0 ? source : source.substring(0, type);
        List<String> options =
                type < 0 ? List.of() : List.of("-DWEIGHT=" + source.substring(type + 1));
        String text = text(COMMON) + text(file);
        return context.load(compiler.compile(text, source, options, context.device()));
    }

    /** A source as it stands beside this class. */
    static String text(String source) {
        String file = source + ".cu";
        try (InputStream in = SourceLauncher.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new EngineException(
                        ErrorCode.BACKEND_UNAVAILABLE, file + ": not in this build");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new EngineException(ErrorCode.BACKEND_UNAVAILABLE, file + ": cannot be read", e);
        }
    }

    @Override
    public int capability() {
        return context.device().capability();
    }

    @Override
    public int multiprocessors() {
        return context.device().multiprocessors();
    }

    @Override
    public int sharedBytesPerBlock() {
        return context.device().sharedBytes();
    }
}
