package assay.web.verify;

import assay.web.verify.Step.CandidateKind;

/**
 * The format of the {@code assay-reference} family: special tokens around the statement; the answer
 * is perhaps one line {@code note: …}, then {@code proof:} with a script up to the end, or one line
 * {@code counterexample: …}. Source: the model's card, "Prompt and answer".
 */
final class ReferenceTheoremFormat implements TheoremFormat {
    private static final String NOTE = "note:";
    private static final String PROOF = "proof:";
    private static final String COUNTEREXAMPLE = "counterexample:";
    private static final String END = "<|eos|>";

    @Override
    public String prompt(String statement) {
        return "<|bos|><|theorem|>" + statement + "<|answer|>";
    }

    @Override
    public String opening(CandidateKind claim) {
        return switch (claim) {
            case PROOF -> PROOF + "\n";
            case COUNTEREXAMPLE -> COUNTEREXAMPLE;
            case NEITHER -> "";
        };
    }

    /** The family's context: a replica ends an answer earlier where the prompt left less room. */
    @Override
    public int maxAnswerTokens() {
        return 1024;
    }

    @Override
    public Answer read(String output, boolean cutOff) {
        int end = output.indexOf(END);
        String text = (end >= 0 ? output.substring(0, end) : output).strip();
        String note = "";
        int line = text.indexOf('\n');
        if (text.startsWith(NOTE) && line >= 0) {
            note = text.substring(NOTE.length(), line).strip();
            text = text.substring(line + 1).strip();
        }
        if (cutOff) {
            return neither(text, note, "the answer was cut off at the end of the model's context");
        }
        if (text.startsWith(PROOF)) {
            String script = text.substring(PROOF.length()).strip();
            return script.isEmpty()
                    ? neither(text, note, "the proof is empty")
                    : new Answer(CandidateKind.PROOF, script, note, "");
        }
        if (text.startsWith(COUNTEREXAMPLE)) {
            String assignment = text.substring(COUNTEREXAMPLE.length()).strip();
            return assignment.isEmpty()
                    ? neither(text, note, "the counterexample is empty")
                    : new Answer(CandidateKind.COUNTEREXAMPLE, assignment, note, "");
        }
        return neither(text, note, "the answer is neither a proof nor a counterexample");
    }

    private static Answer neither(String text, String note, String problem) {
        return new Answer(CandidateKind.NEITHER, text, note, problem);
    }
}
