/**
 * Keys and values of running sequences, in blocks. {@link assay.engine.cache.BlockPool} decides, at
 * the head of a replica, which blocks a sequence holds, and lets sequences with the same beginning
 * share full blocks; {@link assay.engine.cache.PagedKvCache} is a stage's memory, which follows
 * those tables. All memory is allocated at load. The pool is confined to the batch loop, the memory
 * to the thread of its stage.
 */
@NullMarked
package assay.engine.cache;

import org.jspecify.annotations.NullMarked;
