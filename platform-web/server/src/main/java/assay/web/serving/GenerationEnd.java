package assay.web.serving;

/**
 * @param finishReason "stop" or "length"
 */
public record GenerationEnd(String finishReason, int promptTokens, int completionTokens) {}
