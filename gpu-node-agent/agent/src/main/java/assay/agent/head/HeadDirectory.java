package assay.agent.head;

import java.util.Optional;

/** Finds the heads that run here. Thread-safe. */
@FunctionalInterface
public interface HeadDirectory {
    /** The head of a replica, if this agent holds it and it runs. */
    Optional<HeadLoop> head(String replica);
}
