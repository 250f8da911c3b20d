package assay.web.jobs;

import java.time.Duration;

/** How a try of an item ended, for the scheduler. Immutable. */
sealed interface ItemEnd {
    /**
     * @param json the result
     * @param tokens of prompts and answers
     */
    record Success(String json, long tokens) implements ItemEnd {}

    /**
     * @param code a stable name
     * @param retryable whether another try may do; a bad item fails again
     */
    record Failure(String code, String message, boolean retryable, Duration retryAfter)
            implements ItemEnd {}

    /** Nothing was wrong with it and it was no try: there was no room, or this process stops. */
    record Returned(String code, String message, Duration retryAfter) implements ItemEnd {}

    /** Nobody wants it any more, so there is nothing to say. */
    record Dropped() implements ItemEnd {}
}
