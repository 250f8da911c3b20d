/**
 * Searching audit records: what can be asked ({@link assay.audit.search.AuditQuery}), what is
 * answered, and the two places that answer it alike, PostgreSQL and Elasticsearch. Start at {@link
 * assay.audit.search.AuditSearch}. Runs on the threads of those who ask.
 */
@NullMarked
package assay.audit.search;

import org.jspecify.annotations.NullMarked;
