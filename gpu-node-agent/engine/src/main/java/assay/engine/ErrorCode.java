package assay.engine;

/** What went wrong, as a stable name, and whose matter it is. Names are only ever added. */
public enum ErrorCode {
    /** The files describe a network that this engine does not compute. */
    MODEL_UNSUPPORTED(Kind.USER),
    /** The files are damaged, incomplete, or contradict each other. */
    MODEL_INVALID(Kind.USER),
    /** A model file cannot be read. */
    MODEL_UNREADABLE(Kind.INTERNAL),
    /** The prompt leaves no room for an answer in the model's context. */
    PROMPT_TOO_LONG(Kind.USER),
    /** A prompt, an id or a sampling parameter outside what the model or the sampler takes. */
    REQUEST_INVALID(Kind.USER),
    /** The sequence would not fit even if nothing else ran. */
    SEQUENCE_TOO_LARGE(Kind.USER),
    /** No free KV block or sequence slot is left on this stage. */
    KV_EXHAUSTED(Kind.CAPACITY),
    /** Memory for weights, KV or scratch cannot be had. */
    OUT_OF_MEMORY(Kind.CAPACITY),
    /** The network produced a logit that is not a number. */
    LOGITS_NOT_FINITE(Kind.INTERNAL),
    /** A backend was asked for that this machine or this build does not have. */
    BACKEND_UNAVAILABLE(Kind.INTERNAL),
    /** A device's driver or library refused a call; after that the device may be lost. */
    DEVICE_FAILED(Kind.INTERNAL),
    /** A caller broke the contract of a step: positions, ranges or shapes that do not fit. */
    STEP_INVALID(Kind.INTERNAL);

    /** Decides, alone, status codes and whether trying again makes sense. */
    public enum Kind {
        /** The caller must change something. */
        USER,
        /** It may work later or elsewhere. */
        CAPACITY,
        /** A defect or a broken machine. */
        INTERNAL
    }

    private final Kind kind;

    ErrorCode(Kind kind) {
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
