package assay.agent.devices;

import assay.agent.devices.nvml.Nvml;
import assay.agent.v1.DeviceKind;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** A device that can hold stages. Confined to the control loop. */
public interface ComputeDevice {
    /** What does not change while the agent runs. */
    Description description();

    /**
     * Measures now, or gives what was measured last where measuring takes time.
     *
     * @param stageBytes what our own stages hold on this device, weights and KV together
     */
    Reading read(long stageBytes);

    /**
     * What a device is.
     *
     * @param id stable on its node
     * @param kind the family
     * @param name as the hardware names itself
     * @param memoryTotalBytes what stages could have at most
     * @param computeUnits cores or streaming multiprocessors
     * @param memoryBytesPerSecond that its memory moves; 0 where the hardware does not tell
     * @param gpu what only a GPU has
     */
    record Description(
            String id,
            DeviceKind kind,
            String name,
            long memoryTotalBytes,
            int computeUnits,
            long memoryBytesPerSecond,
            Optional<Gpu> gpu) {
        /** A device that is no GPU. */
        public Description(
                String id, DeviceKind kind, String name, long memoryTotalBytes, int computeUnits) {
            this(id, kind, name, memoryTotalBytes, computeUnits, 0, Optional.empty());
        }
    }

    /**
     * What a GPU is.
     *
     * @param driverVersion for example 580.159.04
     * @param computeCapability for example 9.0
     * @param pciBusId domain:bus:device.function
     * @param cardId the card that this is a MIG instance of
     * @param links to the other cards of the node; a MIG instance has none
     */
    record Gpu(
            String driverVersion,
            String computeCapability,
            String pciBusId,
            Optional<String> cardId,
            List<Nvml.Link> links) {
        public Gpu {
            links = List.copyOf(links);
        }
    }

    /**
     * What a device does.
     *
     * @param memoryUsedBytes taken now, by whomever the device is shared with
     * @param memoryFreeBytes for stages, those already loaded included: foreign use is subtracted
     * @param utilizationRatio 0..1, since the reading before
     * @param health whether stages may be placed on it
     * @param gpu what only a GPU tells
     */
    record Reading(
            long memoryUsedBytes,
            long memoryFreeBytes,
            double utilizationRatio,
            DeviceHealth health,
            Optional<GpuFigures> gpu) {
        /** Of a healthy device that is no GPU. */
        public Reading(long memoryUsedBytes, long memoryFreeBytes, double utilizationRatio) {
            this(
                    memoryUsedBytes,
                    memoryFreeBytes,
                    utilizationRatio,
                    DeviceHealth.GOOD,
                    Optional.empty());
        }
    }

    /**
     * What a GPU tells beside; what it does not tell is empty.
     *
     * @param memoryBandwidthRatio 0..1
     * @param temperatureCelsius of the chip
     * @param powerWatts drawn by the card
     */
    record GpuFigures(
            OptionalDouble memoryBandwidthRatio,
            OptionalInt temperatureCelsius,
            OptionalDouble powerWatts) {}
}
