package assay.agent;

import assay.agent.devices.ComputeDevice;
import assay.agent.devices.DeviceFinder;
import assay.agent.devices.GpuWatch;
import assay.agent.metrics.AgentMetrics;
import assay.agent.v1.Device;
import assay.agent.v1.DeviceUse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * The devices of this node as the session tells them. Confined to the control loop, but for the
 * last readings.
 */
final class NodeDevices {
    private static final ComputeDevice.Reading NOTHING = new ComputeDevice.Reading(0, 0, 0);

    private final List<ComputeDevice> devices;
    private final Map<String, ComputeDevice.Reading> last = new ConcurrentHashMap<>();

    NodeDevices(List<DeviceFinder> finders) {
        devices = finders.stream().flatMap(finder -> finder.find().stream()).toList();
        measure(id -> 0);
    }

    Set<String> ids() {
        return devices.stream().map(d -> d.description().id()).collect(Collectors.toSet());
    }

    /** Gauges of every device; the scraper reads what was measured last. */
    void watch(AgentMetrics metrics, Optional<GpuWatch> gpus) {
        for (ComputeDevice device : devices) {
            ComputeDevice.Description description = device.description();
            metrics.watch(description, () -> latest(description.id()));
            gpus.filter(_ -> description.gpu().isPresent())
                    .ifPresent(watch -> metrics.watch(description, watch));
        }
    }

    List<Device> describe(ToLongFunction<String> stageBytes) {
        List<Device> all = new ArrayList<>();
        Map<String, ComputeDevice.Reading> now = measure(stageBytes);
        for (ComputeDevice device : devices) {
            ComputeDevice.Description d = device.description();
            all.add(DeviceMessages.device(d, now.getOrDefault(d.id(), NOTHING)));
        }
        return all;
    }

    List<DeviceUse> use(ToLongFunction<String> stageBytes) {
        List<DeviceUse> all = new ArrayList<>();
        measure(stageBytes).forEach((id, reading) -> all.add(DeviceMessages.use(id, reading)));
        return all;
    }

    private ComputeDevice.Reading latest(String id) {
        return last.getOrDefault(id, NOTHING);
    }

    private Map<String, ComputeDevice.Reading> measure(ToLongFunction<String> stageBytes) {
        Map<String, ComputeDevice.Reading> now = new HashMap<>();
        for (ComputeDevice device : devices) {
            String id = device.description().id();
            now.put(id, device.read(stageBytes.applyAsLong(id)));
        }
        last.putAll(now);
        return now;
    }
}
