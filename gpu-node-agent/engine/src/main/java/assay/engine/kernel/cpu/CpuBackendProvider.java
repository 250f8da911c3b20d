package assay.engine.kernel.cpu;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.kernel.Backend;
import assay.engine.kernel.BackendProvider;

/** Offers {@link CpuBackend} where the launching command line has added the Vector API. */
public final class CpuBackendProvider implements BackendProvider {
    private static final String VECTOR_MODULE = "jdk.incubator.vector";

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public Backend open(int threads) {
        if (ModuleLayer.boot().findModule(VECTOR_MODULE).isEmpty()) {
            throw new EngineException(
                    ErrorCode.BACKEND_UNAVAILABLE,
                    "backend cpu: module %s is absent (expected: java --add-modules %s)"
                            .formatted(VECTOR_MODULE, VECTOR_MODULE));
        }
        return new CpuBackend(threads);
    }
}
