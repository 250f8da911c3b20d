package assay.web.nodes;

import assay.web.insight.Device;
import assay.web.insight.Node;
import assay.web.insight.NodeTrend;
import assay.web.insight.Replica;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Nodes, devices and replicas as JSON. Stateless. */
final class NodeJson {
    private NodeJson() {}

    static Map<String, Object> of(Node node) {
        var json = new LinkedHashMap<String, Object>();
        json.put("id", node.id());
        json.put("name", node.name());
        json.put("address", node.address());
        json.put("state", id(node.state()));
        json.put("duty", id(node.duty()));
        json.put("duty_reason", node.dutyReason());
        json.put("drained", node.drained());
        json.put("labels", node.labels());
        json.put("taints", node.taints());
        json.put("stages", node.stages());
        json.put("last_seen_unix_millis", node.lastSeenUnixMillis());
        json.put("agent_version", node.agentVersion());
        var network = node.network();
        if (network != null) {
            var figures = new LinkedHashMap<String, Object>();
            figures.put("receive_bytes_per_second", network.receiveBytesPerSecond());
            figures.put("transmit_bytes_per_second", network.transmitBytesPerSecond());
            figures.put("receive_bytes_total", network.receiveBytesTotal());
            figures.put("transmit_bytes_total", network.transmitBytesTotal());
            json.put("network", figures);
        }
        json.put("devices", node.devices().stream().map(NodeJson::of).toList());
        json.put("checkers", node.checkers().stream().map(NodeJson::of).toList());
        return json;
    }

    private static Map<String, Object> of(Node.Checker checker) {
        var json = new LinkedHashMap<String, Object>();
        json.put("system", checker.system());
        json.put("available", checker.available());
        json.put("version", checker.version());
        json.put("reason", checker.reason());
        return json;
    }

    private static Map<String, Object> of(Device device) {
        var json = new LinkedHashMap<String, Object>();
        json.put("id", device.id());
        json.put("kind", device.kind());
        json.put("name", device.name());
        json.put("memory_total_bytes", device.memoryTotalBytes());
        json.put("memory_used_bytes", device.memoryUsedBytes());
        json.put("memory_booked_bytes", device.memoryBookedBytes());
        json.put("utilization_ratio", device.utilizationRatio());
        json.put("fault", device.fault());
        json.put("fault_detail", device.faultDetail());
        var gpu = device.gpu();
        if (gpu != null) {
            json.put("driver_version", gpu.driverVersion());
            json.put("compute_capability", gpu.computeCapability());
            json.put("pci_bus_id", gpu.pciBusId());
            put(json, "memory_bandwidth_ratio", gpu.memoryBandwidthRatio());
            put(json, "temperature_celsius", gpu.temperatureCelsius());
            put(json, "power_watts", gpu.powerWatts());
        }
        return json;
    }

    static Map<String, Object> of(Replica replica) {
        var json = new LinkedHashMap<String, Object>();
        json.put("id", replica.id());
        json.put("deployment", replica.deployment());
        json.put("model", replica.model());
        json.put("version", replica.version());
        json.put("epoch", replica.epoch());
        json.put("state", id(replica.state()));
        json.put("reason", replica.reason().words());
        json.put("reason_parts", replica.reason().json());
        json.put("since_unix_millis", replica.sinceUnixMillis());
        json.put("priority", replica.priority());
        json.put("failures", replica.failures());
        json.put("requests_running", replica.requestsRunning());
        json.put("requests_waiting", replica.requestsWaiting());
        json.put("kv_cache_usage_ratio", replica.kvCacheUsageRatio());
        json.put("stages", replica.stages().stream().map(NodeJson::of).toList());
        return json;
    }

    private static Map<String, Object> of(Replica.Stage stage) {
        var json = new LinkedHashMap<String, Object>();
        json.put("index", stage.index());
        json.put("node_id", stage.nodeId());
        json.put("node_name", stage.nodeName());
        json.put("device_id", stage.deviceId());
        json.put("first_layer", stage.firstLayer());
        json.put("end_layer", stage.endLayer());
        json.put("weight_bytes", stage.weightBytes());
        json.put("kv_bytes", stage.kvBytes());
        json.put("workspace_bytes", stage.workspaceBytes());
        json.put("state", stage.state());
        json.put("progress_ratio", stage.progressRatio());
        return json;
    }

    /** Columns, not objects: a series of 300 moments repeats no names. */
    static Map<String, Object> of(NodeTrend trend) {
        var devices = new LinkedHashMap<String, Object>();
        trend.devices()
                .forEach((id, samples) -> {
                    var columns = new LinkedHashMap<String, Object>();
                    columns.put(
                            "unix_millis", samples.stream().map(it -> it.unixMillis()).toList());
                    columns.put(
                            "utilization_ratio",
                            figures(samples.stream().map(it -> it.utilizationRatio()).toList()));
                    columns.put(
                            "memory_used_bytes",
                            figures(samples.stream().map(it -> it.memoryUsedBytes()).toList()));
                    columns.put(
                            "memory_bandwidth_ratio",
                            figures(
                                    samples.stream()
                                            .map(it -> it.memoryBandwidthRatio())
                                            .toList()));
                    columns.put(
                            "temperature_celsius",
                            figures(samples.stream().map(it -> it.temperatureCelsius()).toList()));
                    columns.put(
                            "power_watts",
                            figures(samples.stream().map(it -> it.powerWatts()).toList()));
                    devices.put(id, columns);
                });
        var network = new LinkedHashMap<String, Object>();
        network.put("unix_millis", trend.network().stream().map(it -> it.unixMillis()).toList());
        network.put(
                "receive_bytes_per_second",
                figures(trend.network().stream().map(it -> it.receiveBytesPerSecond()).toList()));
        network.put(
                "transmit_bytes_per_second",
                figures(trend.network().stream().map(it -> it.transmitBytesPerSecond()).toList()));
        var json = new LinkedHashMap<String, Object>();
        json.put("network", network);
        json.put("devices", devices);
        return json;
    }

    /** JSON has no NaN: what was not told is null. */
    private static List<@Nullable Double> figures(List<Double> values) {
        return values.stream()
                .<@Nullable Double>map(each -> Double.isNaN(each) ? null : each)
                .toList();
    }

    private static void put(Map<String, Object> json, String name, @Nullable Object value) {
        if (value != null) {
            json.put(name, value);
        }
    }

    private static String id(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
