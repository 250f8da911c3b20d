/**
 * A server with Elastic's security modules, for tests: a main class and a module of our own. Both
 * run in the server's process alone.
 */
@NullMarked
package assay.elasticsearch.server;

import org.jspecify.annotations.NullMarked;
