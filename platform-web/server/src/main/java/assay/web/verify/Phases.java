package assay.web.verify;

import assay.check.v1.Phase;

/** The names of where a candidate was decided, as steps carry them. */
final class Phases {
    /** Before any checker: the answer holds no candidate. */
    static final String ANSWER = "answer";

    /** Before any checker: the same candidate was decided already. */
    static final String DUPLICATE = "duplicate";

    private Phases() {}

    static String id(Phase phase) {
        return switch (phase) {
            case PHASE_LINT -> "lint";
            case PHASE_COMPILE -> "compile";
            case PHASE_ASSUMPTIONS -> "assumptions";
            case PHASE_KERNEL -> "kernel";
            case PHASE_UNSPECIFIED, UNRECOGNIZED -> "";
        };
    }
}
