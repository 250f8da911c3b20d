/**
 * Keys and values of running sequences, in blocks. {@link assay.engine.cache.BlockPool} decides, at
 * the head of a replica, which blocks a sequence holds, and lets sequences with the same beginning
 * share full blocks; a stage follows those tables with {@link assay.engine.cache.BlockTables},
 * whose {@link assay.engine.cache.PagedKvCache} has its memory on the processor's side. All memory
 * is allocated at load. The pool is confined to the batch loop, the memory to the thread of its
 * stage.
 */
@NullMarked
package assay.engine.cache;

import org.jspecify.annotations.NullMarked;
