package assay.engine.kernel;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.util.ServiceLoader;
import java.util.TreeSet;

/** Backends by name: {@code scalar}, the reference, and those that other rooms offer. */
public final class Backends {
    private static final String SCALAR = "scalar";

    private Backends() {}

    /** A new backend with a thread for each core. */
    public static Backend named(String name) {
        return named(name, Runtime.getRuntime().availableProcessors());
    }

    /**
     * A new backend; the caller closes it.
     *
     * @param threads at least 1; the scalar backend uses only the caller's
     * @throws EngineException BACKEND_UNAVAILABLE names those there are
     */
    public static Backend named(String name, int threads) {
        if (threads < 1) {
            throw new EngineException(
                    ErrorCode.REQUEST_INVALID, "threads: " + threads + " (expected: at least 1)");
        }
        if (name.equals(SCALAR)) {
            return new ScalarBackend();
        }
        var known = new TreeSet<String>();
        known.add(SCALAR);
        for (BackendProvider provider : ServiceLoader.load(BackendProvider.class)) {
            if (provider.name().equals(name)) {
                return provider.open(threads);
            }
            known.add(provider.name());
        }
        throw new EngineException(
                ErrorCode.BACKEND_UNAVAILABLE,
                "backend: %s (expected: one of %s)".formatted(name, known));
    }
}
