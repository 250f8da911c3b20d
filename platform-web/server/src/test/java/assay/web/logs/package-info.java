/** Tests of log lines on their way to Elasticsearch and in searches. */
@NullMarked
package assay.web.logs;

import org.jspecify.annotations.NullMarked;
