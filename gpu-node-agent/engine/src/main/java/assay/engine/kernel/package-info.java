/**
 * The arithmetic of a network: {@link assay.engine.kernel.Backend} names every operation with its
 * shapes and error bounds, {@link assay.engine.kernel.ScalarBackend} says what it means in plain
 * loops and is what every other backend is tested against. Tensors are off-heap; a weight keeps the
 * type it is stored in and is converted inside the dot product.
 *
 * <p>A backend runs one operation at a time, on the thread that calls it (it may spread the work
 * over threads of its own before it returns).
 */
@NullMarked
package assay.engine.kernel;

import org.jspecify.annotations.NullMarked;
