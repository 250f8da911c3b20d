package assay.agent.devices.nvml;

/** A function of NVML that did not succeed: its name and the code it returned. */
public final class NvmlException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    static final int NOT_SUPPORTED = 3;
    static final int NO_PERMISSION = 4;
    static final int NOT_FOUND = 6;
    static final int DRIVER_NOT_LOADED = 9;
    static final int TIMEOUT = 10;
    static final int LIBRARY_NOT_FOUND = 12;
    static final int FUNCTION_NOT_FOUND = 13;
    static final int GPU_IS_LOST = 15;
    static final int RESET_REQUIRED = 16;
    static final int VERSION_MISMATCH = 18;
    static final int NO_DATA = 21;

    private final int code;

    NvmlException(String function, int code) {
        super(function + ": " + name(code));
        this.code = code;
    }

    /** Whether only this one reading is not to be had on this card, which is no fault. */
    boolean isAbsence() {
        return code == NOT_SUPPORTED
                || code == NO_PERMISSION
                || code == NOT_FOUND
                || code == FUNCTION_NOT_FOUND
                || code == NO_DATA;
    }

    boolean isTimeout() {
        return code == TIMEOUT;
    }

    /** Whether the card is gone from the bus, or does nothing more before it is reset. */
    public boolean isLoss() {
        return code == GPU_IS_LOST || code == RESET_REQUIRED;
    }

    /** What an operator can do when the library can not be used at all. */
    public String advice() {
        return switch (code) {
            case LIBRARY_NOT_FOUND ->
                    "install NVIDIA's driver, which brings the library; a container must be started"
                            + " with its cards, for example by --gpus all";
            case DRIVER_NOT_LOADED ->
                    "the driver's kernel module is not loaded: modprobe nvidia, then see dmesg";
            case VERSION_MISMATCH ->
                    "the kernel module is of another driver version than the libraries: reboot";
            case NO_PERMISSION ->
                    "this user may not open /dev/nvidiactl: see the modes of /dev/nvidia*";
            default -> "see dmesg and nvidia-smi";
        };
    }

    /** As in nvml.h, nvmlReturn_t. */
    private static String name(int code) {
        return switch (code) {
            case 1 -> "NVML_ERROR_UNINITIALIZED";
            case 2 -> "NVML_ERROR_INVALID_ARGUMENT";
            case NOT_SUPPORTED -> "NVML_ERROR_NOT_SUPPORTED";
            case NO_PERMISSION -> "NVML_ERROR_NO_PERMISSION";
            case NOT_FOUND -> "NVML_ERROR_NOT_FOUND";
            case 7 -> "NVML_ERROR_INSUFFICIENT_SIZE";
            case DRIVER_NOT_LOADED -> "NVML_ERROR_DRIVER_NOT_LOADED";
            case TIMEOUT -> "NVML_ERROR_TIMEOUT";
            case LIBRARY_NOT_FOUND -> "NVML_ERROR_LIBRARY_NOT_FOUND";
            case FUNCTION_NOT_FOUND -> "NVML_ERROR_FUNCTION_NOT_FOUND";
            case GPU_IS_LOST -> "NVML_ERROR_GPU_IS_LOST";
            case RESET_REQUIRED -> "NVML_ERROR_RESET_REQUIRED";
            case VERSION_MISMATCH -> "NVML_ERROR_LIB_RM_VERSION_MISMATCH";
            case 19 -> "NVML_ERROR_IN_USE";
            case NO_DATA -> "NVML_ERROR_NO_DATA";
            case 25 -> "NVML_ERROR_ARGUMENT_VERSION_MISMATCH";
            default -> "nvmlReturn_t " + code;
        };
    }
}
