package assay.agent.head;

/**
 * What a head tells about itself. Immutable.
 *
 * @param queueWaitMillis of the request that waits longest for its first step; 0 when none does.
 *     Those that give way to others do not count
 * @param preemptions times that a sequence was put back because KV ran out
 * @param prefixQueriedTokens of prompts that were looked for among the blocks that are there
 * @param prefixHitTokens of those, the ones that were there
 * @param lastTokenAgeMillis since a token last came through all stages; -1 when none has yet
 */
public record HeadFigures(
        long promptTokens,
        long generationTokens,
        int requestsRunning,
        int requestsWaiting,
        long queueWaitMillis,
        int stepsInFlight,
        long preemptions,
        long prefixQueriedTokens,
        long prefixHitTokens,
        long lastTokenAgeMillis) {}
