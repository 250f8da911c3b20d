package assay.agent.check;

import assay.agent.check.CoqText.Sentence;
import assay.agent.check.CoqText.Trouble;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The first layer of the judge: refuses by its looks what has no business in a statement, a
 * preamble or a tactic script. It need not catch every cheat, later layers do; it keeps everything
 * away that coqc would carry out (files, plug-ins, options) and everything that the known unsound
 * corners of the kernel need (modules, primitives, unsafe flags). Linear time, stateless.
 */
final class CoqLint {
    /** Words that leave a proof, change the checker, or touch the world. */
    private static final Set<String> FORBIDDEN =
            Set.of(
                    ("Admitted Admit admit give_up Axiom Axioms Parameter Parameters Conjecture Conjectures Abort Save Goal"
                                    + " Unset Set Export Load Module Print Notation Infix Ltac2 Hint Hints Declare Drop Redirect"
                                    + " Cd Pwd Extraction Extract Recursive Separate Primitive Register Add Instance Class"
                                    + " Canonical Coercion Opaque Transparent Strategy Reserved Tactic Cumulative Universe"
                                    + " Universes Constraint Obligation Obligations Program Eval Compute Reset Undo Restart Back"
                                    + " Quit vm_compute native_compute bypass_check bypass_guard Polymorphic Private Global")
                            .split(" "));

    /** Besides those, in a script: whatever starts or ends a proof or declares something. */
    private static final Set<String> FORBIDDEN_IN_SCRIPT =
            Set.of(
                    ("Hypothesis Hypotheses Variable Variables Qed Defined Proof Theorem Lemma Fact Remark Corollary"
                                    + " Proposition Definition Example Fixpoint CoFixpoint Inductive CoInductive Variant Record"
                                    + " Structure Require Import Section End Ltac Context Let Scheme Function Open Close")
                            .split(" "));

    private static final Set<String> FORBIDDEN_IN_STATEMENT =
            Set.of(
                    ("Admitted admit give_up Axiom Abort Qed Defined Proof Goal Theorem Lemma Definition Unset Print Redirect"
                                    + " Load Declare Extraction Module Primitive Register Require Import ltac ltac2 vm_compute"
                                    + " native_compute bypass_check")
                            .split(" "));

    /** How a sentence of a preamble may begin. */
    private static final Set<String> PREAMBLE_STARTS =
            Set.of(
                    ("Theorem Lemma Fact Remark Corollary Proposition Definition Fixpoint Inductive Record Proof Qed Defined"
                                    + " Require Import From Open Ltac Section End Variable Variables Hypothesis Context")
                            .split(" "));

    private static final Set<String> NEEDS_SECTION =
            Set.of("Variable", "Variables", "Hypothesis", "Context");
    private static final Set<String> HEADER_STARTS = Set.of("Require", "Import", "From", "Open");

    private static final Set<String> LIBRARIES =
            Set.of(
                    ("Arith PeanoNat ZArith Lia List Classical Classical_Prop Bool NArith Znumtheory Zdiv ZArith_base Nat"
                                    + " Ring Field Wf_nat Compare_dec EqNat Even Div2 Max Min Le Lt Plus Mult Minus Gt"
                                    + " Permutation Sorted Sorting ListNotations Relations Wellfounded Psatz Nia Decidable"
                                    + " Peano_dec Factorial Euclid BinInt BinNat BinPos QArith Setoid Morphisms")
                            .split(" "));

    private static final Pattern WORD = Pattern.compile("[A-Za-z_][A-Za-z0-9_']*");
    private static final Pattern BEFORE_TACTIC = Pattern.compile("[\\s{}+*-]++|\\d++:|all:|!:");
    private static final Pattern IMPORT =
            Pattern.compile(
                    "(?:From\\s+Coq\\s+)?(?:Require\\s+Import|Require|Import)\\s+([A-Za-z_.\\s]+)");
    private static final Pattern OPEN_SCOPE = Pattern.compile("Open\\s+Scope\\s+[a-z_A-Z]+");

    private CoqLint() {}

    /**
     * Why a tactic script may not be run: it may hold tactics, bullets, braces and comments, no
     * command.
     */
    static Optional<Trouble> script(String script, CheckLimits limits) {
        if (script.length() > limits.textChars()) {
            return tooLong("the script", script.length(), limits.textChars());
        }
        CoqText text = CoqText.scan(script);
        if (text.trouble().isPresent()) {
            return text.trouble();
        }
        if (text.stripped().isBlank()) {
            return Optional.of(new Trouble(0, "the script is empty"));
        }
        Optional<Trouble> word =
                forbiddenWord(text.stripped(), FORBIDDEN)
                        .or(() -> forbiddenWord(text.stripped(), FORBIDDEN_IN_SCRIPT));
        if (word.isPresent()) {
            return word;
        }
        for (Sentence sentence : text.sentences()) {
            if (!startsATactic(sentence.text())) {
                return Optional.of(
                        new Trouble(sentence.offset(), "only tactics are allowed in a script"));
            }
            if (!sentence.ended() && !sentence.text().replaceAll("[\\s{}+*-]", "").isEmpty()) {
                return Optional.of(
                        new Trouble(sentence.offset(), "the last sentence has no full stop"));
            }
        }
        return Optional.empty();
    }

    /** Why a text is not one term that may stand in a statement. */
    static Optional<Trouble> statement(String statement, CheckLimits limits) {
        if (statement.length() > limits.statementChars()) {
            return tooLong("the statement", statement.length(), limits.statementChars());
        }
        CoqText text = CoqText.scan(statement);
        if (text.trouble().isPresent()) {
            return text.trouble();
        }
        int comment = statement.indexOf("(*");
        if (comment >= 0) {
            return Optional.of(new Trouble(comment, "comments are not allowed in a statement"));
        }
        if (statement.isBlank()) {
            return Optional.of(new Trouble(0, "the statement is empty"));
        }
        Sentence first = text.sentences().getFirst();
        if (first.ended()) {
            return Optional.of(
                    new Trouble(
                            first.offset() + first.text().length(),
                            "a statement is one proposition, without a full stop"));
        }
        return unbalanced(statement).or(() -> forbiddenWord(statement, FORBIDDEN_IN_STATEMENT));
    }

    /** Why a preamble may not stand before a statement. */
    static Optional<Trouble> preamble(String preamble, CheckLimits limits) {
        if (preamble.length() > limits.textChars()) {
            return tooLong("the preamble", preamble.length(), limits.textChars());
        }
        CoqText text = CoqText.scan(preamble);
        Optional<Trouble> early =
                text.trouble().or(() -> forbiddenWord(text.stripped(), FORBIDDEN));
        if (early.isPresent()) {
            return early;
        }
        int openSections = 0;
        for (Sentence sentence : text.sentences()) {
            String start = firstWord(sentence.text());
            Optional<String> reason = preambleSentence(sentence, start, openSections);
            if (reason.isPresent()) {
                return Optional.of(new Trouble(sentence.offset(), reason.get()));
            }
            openSections += start.equals("Section") ? 1 : start.equals("End") ? -1 : 0;
        }
        return openSections == 0
                ? Optional.empty()
                : Optional.of(new Trouble(preamble.length(), "a section is not closed"));
    }

    /**
     * The sentences of a preamble that act on the file they stand in alone: libraries and scopes.
     */
    static List<String> header(String preamble) {
        return CoqText.scan(preamble).sentences().stream()
                .filter(sentence -> HEADER_STARTS.contains(firstWord(sentence.text())))
                .map(sentence -> sentence.text() + ".")
                .toList();
    }

    private static Optional<String> preambleSentence(
            Sentence sentence, String start, int openSections) {
        String text = sentence.text();
        if (!sentence.ended()) {
            return Optional.of("the last sentence has no full stop");
        }
        if (!text.isEmpty() && startsATactic(text)) {
            return Optional
                    .empty(); // a tactic of a lemma's proof; outside of one it is an error of coqc
        }
        if (!PREAMBLE_STARTS.contains(start)) {
            return Optional.of("a preamble may not hold the command \"" + start + "\"");
        }
        if (NEEDS_SECTION.contains(start) && openSections == 0) {
            return Optional.of("\"" + start + "\" outside of a section would be an axiom");
        }
        if (start.equals("End") && openSections == 0) {
            return Optional.of("there is no section to end");
        }
        if (start.equals("Open") && !OPEN_SCOPE.matcher(text).matches()) {
            return Optional.of("expected: Open Scope NAME");
        }
        return HEADER_STARTS.contains(start) && !start.equals("Open")
                ? libraries(text)
                : Optional.empty();
    }

    private static Optional<String> libraries(String sentence) {
        Matcher imports = IMPORT.matcher(sentence);
        if (!imports.matches()) {
            return Optional.of("expected: Require Import LIBRARY");
        }
        for (String name : imports.group(1).strip().split("\\s+", -1)) {
            String last =
                    name.startsWith("Coq.") ? name.substring(name.lastIndexOf('.') + 1) : name;
            if (!LIBRARIES.contains(last)) {
                return Optional.of("the library " + name + " is not on the list");
            }
        }
        return Optional.empty();
    }

    /** Whether bullets, braces and goal numbers are followed by a tactic or by nothing. */
    private static boolean startsATactic(String sentence) {
        Matcher before = BEFORE_TACTIC.matcher(sentence);
        while (before.lookingAt()) {
            before.region(before.end(), sentence.length());
        }
        if (before.regionStart() == sentence.length()) {
            return true;
        }
        char first = sentence.charAt(before.regionStart());
        return (first >= 'a' && first <= 'z') || first == '(' || first == '[';
    }

    private static String firstWord(String sentence) {
        Matcher word = WORD.matcher(sentence);
        return word.lookingAt()
                ? word.group()
                : sentence.substring(0, Math.min(1, sentence.length()));
    }

    private static Optional<Trouble> forbiddenWord(String stripped, Set<String> forbidden) {
        int attribute = stripped.indexOf("#[");
        if (attribute >= 0) {
            return Optional.of(new Trouble(attribute, "attributes are not allowed"));
        }
        Matcher words = WORD.matcher(stripped);
        while (words.find()) {
            String word = words.group();
            if (forbidden.contains(word) || word.endsWith("_no_check")) {
                return Optional.of(
                        new Trouble(
                                words.start(), "the word \"" + word + "\" is not allowed here"));
            }
        }
        return Optional.empty();
    }

    private static Optional<Trouble> unbalanced(String statement) {
        var open = new ArrayList<Integer>();
        for (int i = 0; i < statement.length(); i++) {
            char c = statement.charAt(i);
            if ("([{".indexOf(c) >= 0) {
                open.add(i);
            } else if (")]}".indexOf(c) >= 0) {
                boolean fits =
                        !open.isEmpty()
                                && "([{".indexOf(statement.charAt(open.removeLast()))
                                        == ")]}".indexOf(c);
                if (!fits) {
                    return Optional.of(new Trouble(i, "the bracket \"" + c + "\" closes nothing"));
                }
            }
        }
        return open.isEmpty()
                ? Optional.empty()
                : Optional.of(new Trouble(open.getLast(), "a bracket is not closed"));
    }

    private static Optional<Trouble> tooLong(String what, int chars, int most) {
        return Optional.of(
                new Trouble(
                        0,
                        what + " has " + chars + " characters (expected: " + most + " or fewer)"));
    }
}
