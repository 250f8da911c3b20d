package assay.engine.batch;

/** Whether a sequence may wait its turn. */
public sealed interface Admission {
    /**
     * It waits and will run.
     *
     * @param waiting sequences in the queue, this one included
     */
    record Accepted(int waiting) implements Admission {}

    /**
     * Nothing has changed; it may be tried again later.
     *
     * @param limit that the queue has reached
     */
    record QueueFull(int limit) implements Admission {}
}
