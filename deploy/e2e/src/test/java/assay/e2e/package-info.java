/**
 * Tests of the whole stack as its users meet it: the script, a browser, HTTP and gRPC clients
 * against real processes.
 *
 * <p>{@link assay.e2e.RunningStack} starts {@code ./assay up} on free ports with a data folder of
 * its own. What a test photographs lies in {@code target/screenshots}.
 */
@NullMarked
package assay.e2e;

import org.jspecify.annotations.NullMarked;
