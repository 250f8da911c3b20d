package assay.agent.check;

import java.util.List;

/** What a judge says of a candidate. */
sealed interface Verdict {
    /** Which layer decided. */
    enum Layer {
        LINT,
        COMPILE,
        ASSUMPTIONS,
        KERNEL
    }

    /**
     * A place in the candidate's text.
     *
     * @param line from 1; 0 when unknown
     * @param column from 1; 0 when unknown
     */
    record Place(int line, int column) {
        static final Place UNKNOWN = new Place(0, 0);
    }

    /**
     * The kernel accepts it.
     *
     * @param axioms names that the proof rests on
     * @param source a complete file that coqc accepts by hand; empty when only a statement was
     *     asked about
     */
    record Accepted(List<String> axioms, String source) implements Verdict {
        public Accepted {
            axioms = List.copyOf(axioms);
        }
    }

    /** The candidate is wrong, or cheats. */
    record Rejected(Layer layer, String message, Place place, String source) implements Verdict {}

    /** The statement or the preamble does not pass by itself. */
    record BadStatement(Layer layer, String message, Place place) implements Verdict {}

    /** A bound ended it before it was decided. */
    record OverLimit(Layer layer, String bound) implements Verdict {}
}
