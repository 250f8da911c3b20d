package assay.scheduler.core.cluster;

/**
 * What one layer keeps of a token for attention, on the backends that there are: a processor keeps
 * keys and values as f32, a card as bf16 and of latent attention the latent alone. Immutable.
 *
 * @param onCpu bytes of one token
 * @param onGpu bytes of one token
 * @param window positions of a sequence that are kept; 0 for all of them. Our engine keeps all,
 *     however few a layer looks at; engines that are attached may keep less
 */
public record LayerCache(Bytes onCpu, Bytes onGpu, int window) {
    /** Caches hand out room in blocks of so many positions. */
    public static final int BLOCK = 16;

    public LayerCache {
        if (window < 0) {
            throw new IllegalArgumentException("window: " + window + " (expected: 0 or more)");
        }
    }

    /** Of grouped-query or multi-head attention over all positions. */
    public static LayerCache grouped(int keyValueHeads, int headWidth) {
        long values = 2L * keyValueHeads * headWidth;
        return new LayerCache(Bytes.of(4 * values), Bytes.of(2 * values), 0);
    }

    /**
     * Of latent attention. Source: DeepSeek-V2 (arXiv 2405.04434), 2.1. A processor keeps the
     * latent a second time, as values.
     *
     * @param latent width of what keys and values are made from
     * @param turned width of the part of the key that positions turn
     */
    public static LayerCache latent(int latent, int turned) {
        return new LayerCache(
                Bytes.of(4L * (2L * latent + turned)), Bytes.of(2L * (latent + turned)), 0);
    }

    public LayerCache windowed(int positions) {
        return new LayerCache(onCpu, onGpu, positions);
    }

    /** Positions that are kept for so many tokens of all sequences together, in whole blocks. */
    public long positions(int tokens, int sequences) {
        long all = blocks(tokens);
        return window == 0 ? all : Math.min(all, sequences * (blocks(window) + BLOCK));
    }

    private static long blocks(int tokens) {
        return (long) Math.ceilDiv(tokens, BLOCK) * BLOCK;
    }

    /** Bytes of one token. */
    public Bytes perToken(boolean gpu) {
        return gpu ? onGpu : onCpu;
    }
}
