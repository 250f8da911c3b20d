package assay.engine.batch;

import java.util.List;

/**
 * A step that is in the pipeline. Immutable.
 *
 * @param refills it runs again what some stages have lost, on the first stages alone
 * @param ends positions that each member holds after it
 * @param members sequences, in the order of the slices
 * @param admissions of the members, as they were when the step was planned
 */
record Flight(
        int tokens,
        double tokenContexts,
        boolean refills,
        List<Integer> ends,
        List<Sequence> members,
        List<Long> admissions) {
    /** It came back: what it wrote is there for good, of sequences that hold the same blocks still. */
    void commit() {
        for (int i = 0; i < members.size(); i++) {
            Sequence member = members.get(i);
            if (member.admission() == admissions.get(i) && member.blockCount() > 0) {
                member.committed(ends.get(i));
            }
        }
    }
}
