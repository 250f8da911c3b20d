package assay.web.verify;

import assay.web.verify.Step.CandidateKind;

/**
 * A model's answer, taken apart. A claim and no more.
 *
 * @param text the script or the assignment; for NEITHER what the model wrote instead
 * @param note the model's own working, of no meaning to a checker; may be empty
 * @param problem why it is no candidate, when it is NEITHER; else empty
 */
record Answer(CandidateKind kind, String text, String note, String problem) {}
