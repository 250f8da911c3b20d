/**
 * What needs a GPU to run: tests that wait for one, and the check that runs on a machine with it.
 */
@NullMarked
package assay.engine.gpu;

import org.jspecify.annotations.NullMarked;
