package assay.agent.devices;

import java.util.Optional;

/**
 * How a device is. Immutable.
 *
 * @param fault why no stage may be placed on it; it stays until the agent is started again
 * @param detail of the fault, in words
 * @param memoryHigh whether its memory is nearly full
 */
public record DeviceHealth(Optional<DeviceCode> fault, String detail, boolean memoryHigh) {
    /** Nothing is wrong. */
    public static final DeviceHealth GOOD = new DeviceHealth(Optional.empty(), "", false);

    public DeviceHealth {
        if (fault.isPresent() && !fault.get().isFault()) {
            throw new IllegalArgumentException(
                    "fault: " + fault.get() + " (expected: a code that is one)");
        }
    }

    /** The first fault is the one that is kept: those after it usually follow from it. */
    DeviceHealth broken(DeviceCode code, String why) {
        return fault.isPresent() ? this : new DeviceHealth(Optional.of(code), why, memoryHigh);
    }

    DeviceHealth withMemoryHigh(boolean high) {
        return new DeviceHealth(fault, detail, high);
    }
}
