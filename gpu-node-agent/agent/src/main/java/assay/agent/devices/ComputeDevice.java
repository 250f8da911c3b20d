package assay.agent.devices;

import assay.agent.v1.DeviceKind;

/** A device that can hold stages. Confined to the control loop. */
public interface ComputeDevice {
    /** What does not change while the agent runs. */
    Description description();

    /**
     * Measures now.
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
     */
    record Description(
            String id, DeviceKind kind, String name, long memoryTotalBytes, int computeUnits) {}

    /**
     * What a device does.
     *
     * @param memoryUsedBytes taken now, by whomever the device is shared with
     * @param memoryFreeBytes for stages, those already loaded included: foreign use is subtracted
     * @param utilizationRatio 0..1, since the reading before
     */
    record Reading(long memoryUsedBytes, long memoryFreeBytes, double utilizationRatio) {}
}
