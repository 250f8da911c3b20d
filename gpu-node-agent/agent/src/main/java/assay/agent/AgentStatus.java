package assay.agent;

import assay.agent.config.HostPort;
import assay.agent.devices.NetworkTraffic;
import assay.agent.host.StageHost;
import assay.agent.session.NodeStatus;
import assay.agent.v1.CheckerOffer;
import assay.agent.v1.Device;
import assay.agent.v1.DeviceUse;
import assay.agent.v1.Hello;
import assay.agent.v1.NetworkUse;
import assay.agent.v1.StageReport;
import assay.agent.v1.StageUse;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The node as its session describes it. On the control loop. */
final class AgentStatus implements NodeStatus {
    private final Hello fixed;
    private final NodeDevices devices;
    private final StageHost host;
    private final NetworkTraffic network;

    AgentStatus(
            String name,
            HostPort address,
            NodeDevices devices,
            StageHost host,
            NetworkTraffic network,
            List<CheckerOffer> offers) {
        @Nullable String version = AgentStatus.class.getPackage().getImplementationVersion();
        this.fixed =
                Hello.newBuilder()
                        .setName(name)
                        .setAgentVersion(version == null ? "development" : version)
                        .setAddress(address.toString())
                        .addAllCheckers(offers)
                        .build();
        this.devices = devices;
        this.host = host;
        this.network = network;
    }

    @Override
    public Hello fixed() {
        return fixed;
    }

    @Override
    public List<Device> devices() {
        return devices.describe(host::stageBytes);
    }

    @Override
    public List<StageReport> stages() {
        return host.reportAll();
    }

    @Override
    public List<DeviceUse> deviceUse() {
        return devices.use(host::stageBytes);
    }

    @Override
    public List<StageUse> stageUse() {
        return host.use();
    }

    @Override
    public Optional<NetworkUse> networkUse() {
        return network.sinceStart()
                .map(bytes ->
                        NetworkUse.newBuilder()
                                .setReceiveBytesTotal(bytes.received())
                                .setTransmitBytesTotal(bytes.sent())
                                .build());
    }
}
