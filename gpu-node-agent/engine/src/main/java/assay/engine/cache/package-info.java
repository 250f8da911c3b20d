/**
 * Keys and values of running sequences, in blocks: {@link assay.engine.cache.PagedKvCache} hands
 * blocks to sequences as they grow and takes them back when they are released or rolled back. All
 * memory is allocated at load. Confined to the thread of its stage.
 */
@NullMarked
package assay.engine.cache;

import org.jspecify.annotations.NullMarked;
