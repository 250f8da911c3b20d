package assay.web.console.cluster;

import assay.web.insight.Device;
import com.vaadin.flow.component.Component;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Devices in words. Stateless. */
public final class DeviceWords {
    private DeviceWords() {}

    /** "GPU", "CPU", or the kind as it is for a new one. */
    public static String kind(Component place, String kind) {
        return switch (kind) {
            case "cpu" -> place.getTranslation("device.kind.cpu");
            case "cuda" -> place.getTranslation("device.kind.cuda");
            default -> kind;
        };
    }

    /** "8 × NVIDIA H200 · 2 × …", by name. */
    public static String summary(List<Device> devices) {
        Map<String, Integer> counts = new TreeMap<>();
        devices.forEach(each -> counts.merge(each.name(), 1, Integer::sum));
        List<String> parts = new ArrayList<>();
        counts.forEach((name, count) -> parts.add(count == 1 ? name : count + "\u00a0× " + name));
        return String.join(" · ", parts);
    }

    /** What else a GPU tells: links, driver, place; temperature and power where they are told. */
    public static String facts(Component place, Device.Gpu gpu) {
        List<String> parts = new ArrayList<>();
        var celsius = gpu.temperatureCelsius();
        var watts = gpu.powerWatts();
        if (celsius != null && watts != null) {
            parts.add(place.getTranslation("device.gpu.now", celsius, Math.round(watts)));
        }
        long nvLinked = gpu.links().stream().filter(link -> link.path().equals("nvlink")).count();
        if (!gpu.links().isEmpty()) {
            parts.add(place.getTranslation("device.gpu.links", nvLinked, gpu.links().size()));
        }
        parts.add(
                place.getTranslation(
                        "device.gpu.driver", gpu.driverVersion(), gpu.computeCapability()));
        parts.add(gpu.pciBusId());
        return String.join(" · ", parts);
    }
}
