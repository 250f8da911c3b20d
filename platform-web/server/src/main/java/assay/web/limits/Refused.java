package assay.web.limits;

import java.time.Duration;

/**
 * A limit that has too little left.
 *
 * @param remaining what is left of it
 * @param after when it may have enough again
 */
record Refused(Quota quota, long need, long remaining, Duration after) {}
