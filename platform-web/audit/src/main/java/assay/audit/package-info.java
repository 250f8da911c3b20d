/**
 * Audit records themselves: twelve fields each, the one form in which they are hashed, and the
 * document that Elasticsearch gets. Who writes records is not here; what becomes of them after that
 * is in the packages below.
 */
@NullMarked
package assay.audit;

import org.jspecify.annotations.NullMarked;
