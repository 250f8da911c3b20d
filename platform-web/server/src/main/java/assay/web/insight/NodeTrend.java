package assay.web.insight;

import java.util.List;
import java.util.Map;

/**
 * A node's figures over the last ten minutes, oldest first. Immutable.
 *
 * @param devices by the device's id
 */
public record NodeTrend(List<NetworkSample> network, Map<String, List<DeviceSample>> devices) {
    /** Bytes a second over all interfaces but the loopback. */
    public record NetworkSample(
            long unixMillis, double receiveBytesPerSecond, double transmitBytesPerSecond) {}

    /**
     * One moment of a device. What it does not tell is NaN.
     *
     * @param utilizationRatio and the other ratios: 0..1
     */
    public record DeviceSample(
            long unixMillis,
            double utilizationRatio,
            double memoryUsedBytes,
            double memoryBandwidthRatio,
            double temperatureCelsius,
            double powerWatts) {}

    public NodeTrend {
        network = List.copyOf(network);
        devices = Map.copyOf(devices);
    }
}
