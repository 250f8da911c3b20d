package assay.engine.batch;

/** Why a sequence ended by itself. */
public enum FinishReason {
    /** The model chose one of the ids that end it. */
    STOP,
    /** maxTokens are generated, or the context is full. */
    LENGTH,
    /** All that was wanted of the prompt is answered; nothing was to be generated. */
    ANSWERED
}
