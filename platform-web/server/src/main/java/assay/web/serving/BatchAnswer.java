package assay.web.serving;

/**
 * What came of an item of a batch job.
 *
 * @param json the answer as an interactive caller would have got it
 * @param tokens of prompts and answers together
 */
public record BatchAnswer(String json, long tokens) {}
