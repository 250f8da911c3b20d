package assay.web.serving;

/**
 * What came new.
 *
 * @param text may be empty while characters or stop sequences are incomplete
 * @param logProbs natural logarithms, one a token; not copied, not to be changed
 */
@SuppressWarnings(
        "ArrayRecordComponent") // handed over once, read once: a list would box every token
public record GenerationChunk(String text, int tokens, float[] logProbs) {}
