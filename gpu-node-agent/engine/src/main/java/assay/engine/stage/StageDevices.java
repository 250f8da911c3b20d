package assay.engine.stage;

import assay.engine.kernel.Backend;
import assay.engine.kernel.Backends;
import assay.engine.model.LayerRange;
import assay.engine.model.ModelSpec;
import assay.engine.weights.Checkpoint;
import java.util.ServiceLoader;

/**
 * Devices by name: {@code cpu}, {@code scalar}, {@code cuda}, {@code cuda:1}, {@code cuda:UUID}.
 */
public final class StageDevices {
    private StageDevices() {}

    /**
     * Opens a device; the caller closes it.
     *
     * @param threads of the processor to compute with, at least 1; of no matter to a GPU
     * @throws assay.engine.EngineException BACKEND_UNAVAILABLE says what this machine lacks
     */
    public static StageDevice named(String name, int threads) {
        int colon = name.indexOf(':');
        String kind = colon < 0 ? name : name.substring(0, colon);
        String which = colon < 0 ? "" : name.substring(colon + 1);
        for (StageDeviceProvider provider : ServiceLoader.load(StageDeviceProvider.class)) {
            if (provider.kind().equals(kind)) {
                return provider.open(which);
            }
        }
        return new Processor(Backends.named(name, threads));
    }

    /** The processor, by one of its backends. */
    private record Processor(Backend backend) implements StageDevice {
        @Override
        public String name() {
            return backend.name();
        }

        @Override
        public boolean computesFromFiles() {
            return true;
        }

        @Override
        public Stage load(
                ModelSpec spec, Checkpoint checkpoint, LayerRange range, StageConfig config) {
            return Stage.load(spec, checkpoint, range, backend, config);
        }

        @Override
        public void close() {
            backend.close();
        }
    }
}
