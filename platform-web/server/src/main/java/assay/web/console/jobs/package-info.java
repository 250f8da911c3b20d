/**
 * Batch jobs: the list, one job with what failed, and a form that takes a file of items in. Views
 * ask again every two seconds while they are shown. Start at {@link
 * assay.web.console.jobs.JobsView}.
 */
@NullMarked
package assay.web.console.jobs;

import org.jspecify.annotations.NullMarked;
