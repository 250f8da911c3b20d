package assay.agent.devices;

import java.util.List;

/** Finds the devices of one kind. A kind of hardware joins by another implementation. */
public interface DeviceFinder {
    /**
     * The devices that work; empty where there are none, never an exception for missing hardware.
     */
    List<ComputeDevice> find();
}
