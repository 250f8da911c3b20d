/**
 * The blocks of a network, one class each: they say which operations follow which and hold the
 * weights they need, {@link assay.engine.kernel.Backend} does the arithmetic. {@link
 * assay.engine.layer.DecoderLayer} is where to start. Confined to the thread of their stage.
 */
@NullMarked
package assay.engine.layer;

import org.jspecify.annotations.NullMarked;
