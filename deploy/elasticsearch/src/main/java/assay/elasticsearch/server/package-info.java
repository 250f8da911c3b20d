/**
 * The main class of the Elasticsearch process. It runs with Elasticsearch's own libraries and
 * nothing else of ours.
 */
@NullMarked
package assay.elasticsearch.server;

import org.jspecify.annotations.NullMarked;
