/**
 * Kernels in the machine code of x86-64 processors with AVX-512, assembled when the program starts:
 * for the few loops in which the processor wants what no Java compiler emits (prefetching, two
 * dozen vectors kept in registers). They do the arithmetic of the Java kernels bit for bit, which
 * tests hold them to, and are used where the processor and the operating system allow it.
 */
@NullMarked
package assay.engine.kernel.cpu.x86;

import org.jspecify.annotations.NullMarked;
