package assay.scheduler.core.queue;

/** What is done with each item of a job. */
public enum JobKind {
    GENERATE,
    VERIFY
}
