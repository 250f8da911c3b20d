/** Tests of the embedded server, and the server for the tests of others. */
@NullMarked
package assay.elasticsearch;

import org.jspecify.annotations.NullMarked;
