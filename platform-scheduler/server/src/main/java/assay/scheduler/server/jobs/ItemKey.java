package assay.scheduler.server.jobs;

import assay.scheduler.core.queue.JobId;
import assay.scheduler.core.queue.LeaseId;

/** What a gateway knows a lease by. Immutable. */
record ItemKey(JobId job, long index, LeaseId lease) {}
