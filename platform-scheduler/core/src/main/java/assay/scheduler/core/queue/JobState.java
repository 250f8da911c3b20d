package assay.scheduler.core.queue;

/** Where a job is in its life. */
public enum JobState {
    ACTIVE,
    PAUSED,
    FINISHED,
    CANCELLED,
    EXPIRED;

    /** Whether no item of it will be begun any more, unless dead letters are called back. */
    public boolean isOver() {
        return switch (this) {
            case ACTIVE, PAUSED -> false;
            case FINISHED, CANCELLED, EXPIRED -> true;
        };
    }
}
