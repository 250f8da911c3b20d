package assay.engine.stage;

import assay.engine.ErrorCode;

/**
 * Nothing could be sampled for a sequence; the others of the step are not concerned.
 *
 * @param detail says why, without any part of a prompt or an answer
 */
public record Refusal(long sequenceId, ErrorCode code, String detail) {}
