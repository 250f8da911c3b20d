package assay.scheduler.core.queue;

/** What changes the state of a job. */
public enum JobEvent {
    PAUSE,
    RESUME,
    CANCEL,
    /** The deadline passed. */
    EXPIRE,
    /** Every item is done or dead. */
    ALL_ENDED,
    /** Dead letters are to be tried again. */
    REVIVE
}
