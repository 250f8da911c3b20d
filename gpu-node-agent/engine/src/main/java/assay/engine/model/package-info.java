/**
 * What a checkpoint's {@code config.json} says, as a {@link assay.engine.model.ModelSpec}. Whatever
 * would change the arithmetic and is not understood is refused by name: a model that loads is a
 * model that is computed as it was meant. Immutable values, read on the caller's thread.
 */
@NullMarked
package assay.engine.model;

import org.jspecify.annotations.NullMarked;
