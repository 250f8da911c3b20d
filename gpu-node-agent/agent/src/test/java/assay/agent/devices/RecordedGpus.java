package assay.agent.devices;

import assay.agent.devices.nvml.RecordedNvml;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;

/** GPUs of a recording, with every library that the engine needs. */
public final class RecordedGpus {
    private RecordedGpus() {}

    /** All cards of the recording. */
    public static GpuFinder of(RecordedNvml nvml) {
        return of(nvml, Map.of(), InstantSource.system());
    }

    static GpuFinder of(RecordedNvml nvml, Map<String, String> environment, InstantSource clock) {
        return GpuFinder.of(
                new GpuFinder.Machine(
                        () -> nvml, library -> Optional.of(library.title()), environment, clock));
    }
}
