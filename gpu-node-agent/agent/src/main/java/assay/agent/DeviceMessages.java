package assay.agent;

import assay.agent.devices.ComputeDevice.Description;
import assay.agent.devices.ComputeDevice.Gpu;
import assay.agent.devices.ComputeDevice.GpuFigures;
import assay.agent.devices.ComputeDevice.Reading;
import assay.agent.devices.nvml.Nvml;
import assay.agent.v1.Device;
import assay.agent.v1.DeviceEvent;
import assay.agent.v1.DeviceHealth;
import assay.agent.v1.DeviceLink;
import assay.agent.v1.DeviceUse;
import assay.agent.v1.GpuFacts;
import assay.agent.v1.GpuUse;
import assay.agent.v1.LinkPath;

/** Devices in the words of the wire. Stateless. */
final class DeviceMessages {
    private DeviceMessages() {}

    static Device device(Description device, Reading now) {
        var message =
                Device.newBuilder()
                        .setId(device.id())
                        .setKind(device.kind())
                        .setName(device.name())
                        .setMemoryTotalBytes(device.memoryTotalBytes())
                        .setMemoryFreeBytes(now.memoryFreeBytes())
                        .setComputeUnits(device.computeUnits())
                        .setMemoryBytesPerSecond(device.memoryBytesPerSecond())
                        .setHealth(health(now.health()));
        device.gpu().ifPresent(gpu -> message.setGpu(facts(gpu)));
        return message.build();
    }

    static DeviceUse use(String id, Reading now) {
        var message =
                DeviceUse.newBuilder()
                        .setDeviceId(id)
                        .setMemoryUsedBytes(now.memoryUsedBytes())
                        .setUtilizationRatio(now.utilizationRatio())
                        .setHealth(health(now.health()));
        now.gpu().ifPresent(figures -> message.setGpu(use(figures)));
        return message.build();
    }

    static DeviceEvent event(assay.agent.devices.DeviceEvent event) {
        return DeviceEvent.newBuilder()
                .setDeviceId(event.deviceId())
                .setCode(event.code().name())
                .setDetail(event.detail())
                .putAllFields(event.fields())
                .setUnixMillis(event.at().toEpochMilli())
                .build();
    }

    private static GpuFacts facts(Gpu gpu) {
        var facts =
                GpuFacts.newBuilder()
                        .setDriverVersion(gpu.driverVersion())
                        .setComputeCapability(gpu.computeCapability())
                        .setPciBusId(gpu.pciBusId())
                        .setCardId(gpu.cardId().orElse(""));
        for (Nvml.Link link : gpu.links()) {
            facts.addLinks(
                    DeviceLink.newBuilder()
                            .setDeviceId(link.uuid())
                            .setPath(path(link.path()))
                            .setNvlinkCount(link.nvLinkCount()));
        }
        return facts.build();
    }

    private static LinkPath path(Nvml.Path path) {
        return switch (path) {
            case NVLINK -> LinkPath.LINK_PATH_NVLINK;
            case SAME_BOARD -> LinkPath.LINK_PATH_SAME_BOARD;
            case PCIE_SWITCH -> LinkPath.LINK_PATH_PCIE_SWITCH;
            case PCIE_SWITCHES -> LinkPath.LINK_PATH_PCIE_SWITCHES;
            case HOST_BRIDGE -> LinkPath.LINK_PATH_HOST_BRIDGE;
            case NUMA_NODE -> LinkPath.LINK_PATH_NUMA_NODE;
            case SYSTEM -> LinkPath.LINK_PATH_SYSTEM;
        };
    }

    private static GpuUse use(GpuFigures figures) {
        var use = GpuUse.newBuilder();
        figures.memoryBandwidthRatio().ifPresent(use::setMemoryBandwidthRatio);
        figures.temperatureCelsius().ifPresent(use::setTemperatureCelsius);
        figures.powerWatts().ifPresent(use::setPowerWatts);
        return use.build();
    }

    private static DeviceHealth health(assay.agent.devices.DeviceHealth health) {
        return DeviceHealth.newBuilder()
                .setFault(health.fault().map(Enum::name).orElse(""))
                .setDetail(health.detail())
                .setMemoryHigh(health.memoryHigh())
                .build();
    }
}
