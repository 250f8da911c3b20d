package assay.agent.fault;

/**
 * Stable names of the agent's faults: on the wire as the reason of {@code google.rpc.ErrorInfo}.
 */
public enum FaultCode {
    /** Metadata {@code prompt_tokens} and {@code context_length}. */
    PROMPT_TOO_LONG(FaultKind.USER),
    /** A field of the request is out of its range. */
    REQUEST_INVALID(FaultKind.USER),
    /** The prompt needs more KV room than the replica has in all. */
    KV_ROOM_TOO_SMALL(FaultKind.USER),
    /** This agent is not the head of that replica. */
    REPLICA_NOT_HERE(FaultKind.STALE),
    /** The replica went on to another epoch. */
    STALE_EPOCH(FaultKind.STALE),
    /** First frame of a stage link says something else than this stage was assigned. */
    LINK_MISMATCH(FaultKind.STALE),
    /** As many requests wait as may. */
    QUEUE_FULL(FaultKind.CAPACITY),
    /** The caller does not read its stream. */
    CLIENT_TOO_SLOW(FaultKind.CAPACITY),
    /** A stage of the replica can not be reached or does not answer. */
    STAGE_LOST(FaultKind.LOST),
    /** The agent is stopping. */
    AGENT_STOPPING(FaultKind.LOST),
    /** A peer without a known identity, or of a kind that may not make this call. */
    PEER_REFUSED(FaultKind.FORBIDDEN),
    /** The bytes of a model file are not those of its SHA-256. */
    MODEL_FILE_MISMATCH(FaultKind.INTERNAL),
    /** The scheduler's store has no such file. */
    MODEL_FILE_MISSING(FaultKind.INTERNAL),
    /** A file name that would leave its folder. */
    MODEL_FILE_NAME(FaultKind.INTERNAL),
    /** The loaded layers take another number of bytes than was booked for them. */
    WEIGHT_BYTES_MISMATCH(FaultKind.INTERNAL),
    /** The device is not on this node. */
    DEVICE_UNKNOWN(FaultKind.INTERNAL),
    /** Cache folder full, read-only or broken. */
    DISK_FAILED(FaultKind.INTERNAL),
    /** The engine refuses the model or failed in a step; the detail holds its own code. */
    ENGINE_FAILED(FaultKind.INTERNAL);

    private final FaultKind kind;

    FaultCode(FaultKind kind) {
        this.kind = kind;
    }

    /** The family this code belongs to. */
    public FaultKind kind() {
        return kind;
    }
}
