/**
 * The processor's backend, on the Vector API: {@link assay.engine.kernel.cpu.CpuBackend}. The only
 * user of {@code jdk.incubator.vector}, which the launching command line must add. Operations are
 * called on the stage's thread and spread over a pool of this package.
 */
@NullMarked
package assay.engine.kernel.cpu;

import org.jspecify.annotations.NullMarked;
