package assay.scheduler.core.queue;

/** Where an item is. Of a cancelled or expired job, what is not done or dead is dropped. */
public enum ItemState {
    WAITING,
    DELAYED,
    RUNNING,
    DONE,
    DEAD
}
