/** Searching, asked of every implementation alike. */
@NullMarked
package assay.audit.search;

import org.jspecify.annotations.NullMarked;
