package assay.agent.check;

/**
 * What is to be judged, and the files that it becomes. The statement goes into two of them: the
 * candidate's, and the trusted one, which states the goal before it loads the candidate. The
 * preamble is a file of its own that both load, as an inductive type that is declared twice is two
 * types. Immutable.
 *
 * @param preamble commands of the user before the statement; may be blank
 * @param statement one term
 * @param negated whether the statement is to be refuted
 * @param definitions commands of ours before the proof; may be empty
 * @param script tactics
 */
record CoqClaim(
        String preamble, String statement, boolean negated, String definitions, String script) {
    private static final String PRELUDE =
            "Require Import Arith ZArith Lia List Classical.\nImport ListNotations.\n";
    private static final String BEFORE_STATEMENT =
            "(\n"; // brackets: the statement must be one term

    /** A piece of a file: what a line of an error message belongs to. */
    enum Part {
        HEAD,
        STATEMENT,
        SCRIPT,
        END
    }

    static CoqClaim proof(String preamble, String statement, String script) {
        return new CoqClaim(preamble, statement, false, "", script);
    }

    boolean hasPreamble() {
        return !preamble.isBlank();
    }

    /** The user's definitions alone; its first line is line {@link #preambleLine()}. */
    String preambleFile() {
        return PRELUDE + preamble + "\n";
    }

    int preambleLine() {
        return lines(PRELUDE) + 1;
    }

    /** What the candidate proves, as {@code solution}. */
    String candidateFile() {
        return beforeStatement() + statement + "\n).\nProof.\n" + script + "\nQed.\n";
    }

    /** Line of the candidate's file where the statement starts. */
    int statementLine() {
        return lines(beforeStatement()) + 1;
    }

    /** Line of the candidate's file where the script starts. */
    int scriptLine() {
        return statementLine() + lines(statement) + 3;
    }

    Part partAt(int line) {
        if (line < statementLine()) {
            return Part.HEAD;
        }
        if (line < scriptLine() - 1) {
            return Part.STATEMENT;
        }
        return line <= scriptLine() + lines(script) ? Part.SCRIPT : Part.END;
    }

    /** The goal first, then the candidate's proof of it, then what it rests on. */
    String trustedFile() {
        return head()
                + goal()
                + "Require V.Sol.\n"
                + "Definition final__ : goal__ := V.Sol.solution.\n"
                + "Set Printing Width 10000.\n"
                + "Print Assumptions final__.\n";
    }

    /** The statement alone. */
    String statementFile() {
        return head() + goal();
    }

    /** Line of {@link #statementFile} where the statement starts. */
    int goalLine() {
        return lines(head()) + 2;
    }

    /** All of it for a reader: {@code coqc} accepts it without anything else. */
    String source() {
        String before = PRELUDE + withLineEnd(preamble) + definitions;
        String goal = negated ? "Goal ~ (" + statement + ").\n" : "Goal " + statement + ".\n";
        return before + goal + "Proof.\n" + withLineEnd(script) + "Qed.\n";
    }

    private String beforeStatement() {
        return head()
                + definitions
                + "Theorem solution : "
                + (negated ? "~ " : "")
                + BEFORE_STATEMENT;
    }

    private String head() {
        return hasPreamble()
                ? PRELUDE
                        + "Require Import V.Pre.\n"
                        + String.join(" ", CoqLint.header(preamble))
                        + "\n"
                : PRELUDE;
    }

    private String goal() {
        return "Definition goal__ : Prop := "
                + (negated ? "~ " : "")
                + BEFORE_STATEMENT
                + statement
                + "\n).\n";
    }

    private static int lines(String text) {
        return (int) text.chars().filter(c -> c == '\n').count();
    }

    private static String withLineEnd(String text) {
        return text.isBlank() ? "" : text.endsWith("\n") ? text : text + "\n";
    }
}
