/**
 * NVIDIA's libraries through {@code java.lang.foreign}, written by hand, and the few things a
 * program owns through them: memory, streams, modules, graphs. The libraries are looked for when a
 * device is opened and are never linked, so a machine without them runs everything else.
 *
 * <p>{@link assay.engine.kernel.cuda.driver.CudaDriver}, {@link
 * assay.engine.kernel.cuda.driver.Nvrtc} and {@link assay.engine.kernel.cuda.driver.CublasLt} are
 * the libraries, with the names of C and no logic but the check of each call; start reading at
 * {@link assay.engine.kernel.cuda.driver.GpuContext}. A context is used by one thread at a time,
 * which has made it current.
 */
@NullMarked
package assay.engine.kernel.cuda.driver;

import org.jspecify.annotations.NullMarked;
