/** Tests of batch jobs that need neither a server nor a database. */
@NullMarked
package assay.web.jobs;

import org.jspecify.annotations.NullMarked;
