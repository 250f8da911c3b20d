package assay.agent.head;

/**
 * What a head tells about itself. Immutable.
 *
 * @param lastTokenAgeMillis since a token last came through all stages; -1 when none has yet
 */
public record HeadFigures(
        long promptTokens,
        long generationTokens,
        int requestsRunning,
        int requestsWaiting,
        int stepsInFlight,
        long lastTokenAgeMillis) {}
