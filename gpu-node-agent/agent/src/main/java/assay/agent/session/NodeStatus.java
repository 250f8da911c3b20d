package assay.agent.session;

import assay.agent.v1.Device;
import assay.agent.v1.DeviceUse;
import assay.agent.v1.Hello;
import assay.agent.v1.NetworkUse;
import assay.agent.v1.StageReport;
import assay.agent.v1.StageUse;
import java.util.List;
import java.util.Optional;

/** What the session says about this node. Asked on the control loop. */
public interface NodeStatus {
    /** Name, version, address and checkers: what does not change. */
    Hello fixed();

    /** Devices with what is free on them now. */
    List<Device> devices();

    /** Every stage that is here, for a hello. */
    List<StageReport> stages();

    /** Measured now, for a heartbeat. */
    List<DeviceUse> deviceUse();

    /** Measured now, for a heartbeat. */
    List<StageUse> stageUse();

    /** Measured now, for a heartbeat; empty where the machine does not tell. */
    Optional<NetworkUse> networkUse();
}
