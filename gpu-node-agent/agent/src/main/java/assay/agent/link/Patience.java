package assay.agent.link;

import java.time.Duration;

/**
 * How long a stage waits for the next one. Immutable.
 *
 * @param silence without any sign of life
 * @param acceptance until it says that all behind it is ready
 */
public record Patience(Duration silence, Duration acceptance) {}
