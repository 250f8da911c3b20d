package assay.agent.devices;

import assay.agent.devices.ComputeDevice.Description;
import assay.agent.devices.nvml.Nvml.Sample;
import java.util.Optional;

/** A GPU or a MIG instance of one, by the watch's newest readings. Confined to the control loop. */
final class GpuDevice implements ComputeDevice {
    private final Description description;
    private final GpuWatch watch;

    GpuDevice(Description description, GpuWatch watch) {
        this.description = description;
        this.watch = watch;
    }

    @Override
    public Description description() {
        return description;
    }

    @Override
    public Reading read(long stageBytes) {
        String id = description.id();
        watch.checkSilence(id);
        long total = description.memoryTotalBytes();
        Optional<Sample> sample = watch.latest(id);
        long used = Math.clamp(sample.map(Sample::memoryUsedBytes).orElse(0L), 0, total);
        return new Reading(
                used,
                Math.clamp(total - used + stageBytes, 0, total),
                sample.map(it -> it.utilizationRatio().orElse(0)).orElse(0.0),
                watch.health(id),
                sample.map(it ->
                        new GpuFigures(
                                it.memoryBandwidthRatio(),
                                it.temperatureCelsius(),
                                it.powerWatts())));
    }
}
