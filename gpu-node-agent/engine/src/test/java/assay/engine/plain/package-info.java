/**
 * A second, slow opinion for tests: networks computed in double precision straight from their
 * formulas and their config.json, without anything of the engine, and tiny models with random
 * weights to hold the engine against it.
 */
@NullMarked
package assay.engine.plain;

import org.jspecify.annotations.NullMarked;
