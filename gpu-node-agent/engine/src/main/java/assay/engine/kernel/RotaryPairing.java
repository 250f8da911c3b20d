package assay.engine.kernel;

/** Which elements of a head are turned against each other by rotary positions. */
public enum RotaryPairing {
    /** Element i with element i + D/2, as checkpoints of transformers are laid out. */
    HALVES,
    /**
     * Element 2i with element 2i + 1, as in the paper (arXiv 2104.09864), DeepSeek and GGUF llama.
     */
    PAIRS
}
