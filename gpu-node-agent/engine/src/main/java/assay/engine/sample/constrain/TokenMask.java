package assay.engine.sample.constrain;

/** A set of token ids: those that may come next. Immutable. */
public final class TokenMask {
    private final long[] words;
    private final int size;
    private final int count;

    private TokenMask(long[] words, int size) {
        this.words = words;
        this.size = size;
        int bits = 0;
        for (long word : words) {
            bits += Long.bitCount(word);
        }
        this.count = bits;
    }

    /**
     * @param size of the vocabulary: ids are below it
     */
    public static TokenMask of(int size, int... ids) {
        Builder builder = new Builder(size);
        for (int id : ids) {
            builder.add(id);
        }
        return builder.build();
    }

    /** Size of the vocabulary. */
    public int size() {
        return size;
    }

    /** How many ids may come next. */
    public int count() {
        return count;
    }

    public boolean allows(int id) {
        return id >= 0 && id < size && (words[id >> 6] >>> id & 1) != 0;
    }

    /** The lowest id that may come and is at least {@code from}; -1 when there is none. */
    public int next(int from) {
        int word = from >> 6;
        if (word >= words.length) {
            return -1;
        }
        long bits = words[word] & -1L << from;
        while (bits == 0) {
            if (++word == words.length) {
                return -1;
            }
            bits = words[word];
        }
        return (word << 6) + Long.numberOfTrailingZeros(bits);
    }

    /** Confined to one thread; of no use after {@link #build}. */
    static final class Builder {
        private final long[] words;
        private final int size;

        Builder(int size) {
            this.size = size;
            this.words = new long[(size + Long.SIZE - 1) / Long.SIZE];
        }

        void add(int id) {
            if (id < 0 || id >= size) {
                throw new IllegalArgumentException(
                        "id: %d (expected: below %d)".formatted(id, size));
            }
            words[id >> 6] |= 1L << id;
        }

        TokenMask build() {
            return new TokenMask(words, size);
        }
    }
}
