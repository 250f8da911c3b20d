package assay.scheduler.core.placement;

import assay.scheduler.core.cluster.PlacementDecision;

/**
 * Finds devices for the stages of one replica. Equal questions to equal fleets get equal answers.
 */
public interface Placement {
    /** How far stages of one replica must be from each other. */
    enum Spread {
        /** Each on a device of its own, or it waits. */
        APART,
        /** On devices of their own where that can be, else together. */
        APART_IF_POSSIBLE
    }

    /**
     * Decides without booking anything: a dry run is the same call.
     *
     * @param wish what shall run, and how
     * @param fleet where; as it was when the call returns
     */
    PlacementDecision place(Wish wish, Fleet fleet);
}
