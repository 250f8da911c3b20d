package assay.engine.bench;

import java.util.Locale;

/** What is measured of each engine; every contender is asked for it by name, over its input. */
enum Measure {
    PREFILL_1("prefill, 1 prompt"),
    DECODE_1("decode, 1 sequence"),
    PREFILL_16("prefill, 16 prompts"),
    DECODE_16("decode, 16 sequences");

    private final String title;

    Measure(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    String request() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether each token of it reads the weights anew. */
    boolean readsWeightsPerToken() {
        return this == DECODE_1;
    }
}
