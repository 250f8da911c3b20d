package assay.agent.devices;

/** Stable names of what can happen to a device: in logs, metrics and the scheduler's records. */
public enum DeviceCode {
    /** The driver reported an error of the card itself; field {@code xid}. */
    DEVICE_XID(true),
    /** The driver reported an error that a program made; field {@code xid}. */
    DEVICE_XID_OF_PROGRAM(false),
    /** The card's memory lost bits that could not be corrected. */
    DEVICE_MEMORY_UNCORRECTED(true),
    /** The card is gone from the bus, or does nothing before it is reset. */
    DEVICE_LOST(true),
    /** The driver gave no reading for too long. */
    DEVICE_SILENT(true),
    /** More than nine tenths of the memory are in use; field {@code used_ratio}. */
    DEVICE_MEMORY_HIGH(false),
    /** No longer so. */
    DEVICE_MEMORY_NORMAL(false),
    /** An allocation failed; field {@code error}. */
    DEVICE_OUT_OF_MEMORY(false);

    private final boolean fault;

    DeviceCode(boolean fault) {
        this.fault = fault;
    }

    /** Whether no stage may be placed on the device after it. */
    public boolean isFault() {
        return fault;
    }
}
