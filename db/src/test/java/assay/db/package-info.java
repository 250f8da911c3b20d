/** Tests of the schema, and the real PostgreSQL that other modules' tests borrow. */
@NullMarked
package assay.db;

import org.jspecify.annotations.NullMarked;
