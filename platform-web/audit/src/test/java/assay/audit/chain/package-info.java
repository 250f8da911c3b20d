/** Tests of the chain, most of them on a real PostgreSQL. */
@NullMarked
package assay.audit.chain;

import org.jspecify.annotations.NullMarked;
