package assay.agent.check;

import assay.agent.check.CoqText.Trouble;
import assay.agent.check.Verdict.Accepted;
import assay.agent.check.Verdict.BadStatement;
import assay.agent.check.Verdict.Layer;
import assay.agent.check.Verdict.OverLimit;
import assay.agent.check.Verdict.Place;
import assay.agent.check.Verdict.Rejected;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Judges proofs in Coq by four layers, each of which can refuse: the {@link CoqLint}, {@code coqc}
 * on the candidate, {@code coqc} on a trusted file that states the goal before it loads the
 * candidate and prints what the proof rests on, and {@code coqchk}, the kernel alone, on both
 * compiled files. The third alone is not enough: Coq's own list of assumptions is known to miss
 * some (rocq issues 12155 and 22366). Only exactly known answers count as yes. Thread-safe.
 *
 * <p>coqchk takes the standard library as it is: it belongs to root and is read-only inside.
 */
final class CoqJudge {
    private static final String WARNINGS =
            "-deprecated-native-compiler-option,+masking-absolute-name";

    /**
     * What may be there when the candidate was compiled; lia and its kin keep caches of their own.
     */
    private static final Set<String> FILES_OF_A_CANDIDATE =
            Set.of(
                    ("Pre.v Pre.vo Pre.vok Pre.vos .Pre.aux Sol.v Sol.vo Sol.vok Sol.vos .Sol.aux"
                                    + " .lia.cache .nia.cache .nra.cache")
                            .split(" "));

    private final Sandbox sandbox;
    private final CheckLimits limits;
    private final String coqc;
    private final String coqchk;
    private final boolean linting;

    /**
     * @param coqc path inside the sandbox, the same as outside
     * @param coqchk likewise
     */
    CoqJudge(Sandbox sandbox, CheckLimits limits, String coqc, String coqchk) {
        this(sandbox, limits, coqc, coqchk, true);
    }

    private CoqJudge(
            Sandbox sandbox, CheckLimits limits, String coqc, String coqchk, boolean linting) {
        this.sandbox = sandbox;
        this.limits = limits;
        this.coqc = coqc;
        this.coqchk = coqchk;
        this.linting = linting;
    }

    /**
     * The same judge without its first layer, to show that the others hold by themselves. For
     * tests.
     */
    CoqJudge withoutLint() {
        return new CoqJudge(sandbox, limits, coqc, coqchk, false);
    }

    /** Judges a tactic script as a proof of a statement. */
    Verdict prove(String preamble, String statement, String script) throws InterruptedException {
        Optional<Verdict> bad = lintStatement(preamble, statement);
        if (bad.isPresent()) {
            return bad.get();
        }
        CoqClaim claim = CoqClaim.proof(preamble, statement, script);
        Optional<Trouble> trouble = linting ? CoqLint.script(script, limits) : Optional.empty();
        return trouble.isPresent()
                ? new Rejected(
                        Layer.LINT,
                        trouble.get().reason(),
                        place(script, trouble.get()),
                        claim.source())
                : judge(claim);
    }

    /** Judges an assignment by a proof that the statement is false at that point. */
    Verdict refute(String preamble, String statement, String assignment)
            throws InterruptedException {
        Optional<Verdict> bad = lintStatement(preamble, statement);
        if (bad.isPresent()) {
            return bad.get();
        }
        return switch (Refutation.of(statement, assignment, limits)) {
            case Refutation.Unusable(String reason, int offset) ->
                    new Rejected(
                            Layer.LINT, reason, place(assignment, new Trouble(offset, reason)), "");
            case Refutation.Script(String definitions, String tactics) ->
                    judge(new CoqClaim(preamble, statement, true, definitions, tactics));
        };
    }

    /** Judges whether a statement is a proposition that Coq understands. */
    Verdict understand(String preamble, String statement) throws InterruptedException {
        Optional<Verdict> bad = lintStatement(preamble, statement);
        if (bad.isPresent()) {
            return bad.get();
        }
        CoqClaim claim = CoqClaim.proof(preamble, statement, "");
        try (var job = sandbox.newJob()) {
            Optional<Verdict> badPreamble = compilePreamble(job, claim);
            if (badPreamble.isPresent()) {
                return badPreamble.get();
            }
            job.write("Check.v", claim.statementFile());
            return switch (compile(job, "Check.v")) {
                case SandboxRun.Overran(String bound) -> new OverLimit(Layer.COMPILE, bound);
                case SandboxRun.Finished(int exit, _, _) when exit == 0 ->
                        new Accepted(List.of(), "");
                case SandboxRun.Finished(_, _, String err) ->
                        badStatement(CoqMessage.read(err), claim.goalLine());
            };
        }
    }

    private Optional<Verdict> lintStatement(String preamble, String statement) {
        Optional<Trouble> inPreamble =
                linting ? CoqLint.preamble(preamble, limits) : Optional.empty();
        if (inPreamble.isPresent()) {
            String reason = "preamble: " + inPreamble.get().reason();
            return Optional.of(
                    new BadStatement(Layer.LINT, reason, place(preamble, inPreamble.get())));
        }
        // The statement also goes into the trusted file: its lint is never left out.
        return CoqLint.statement(statement, limits)
                .map(t -> new BadStatement(Layer.LINT, t.reason(), place(statement, t)));
    }

    private Verdict judge(CoqClaim claim) throws InterruptedException {
        try (var job = sandbox.newJob()) {
            Optional<Verdict> badPreamble = compilePreamble(job, claim);
            if (badPreamble.isPresent()) {
                return badPreamble.get();
            }
            job.write("Sol.v", claim.candidateFile());
            Optional<Verdict> notCompiled = candidate(claim, compile(job, "Sol.v"));
            if (notCompiled.isPresent()) {
                return notCompiled.get();
            }
            Optional<String> stray =
                    job.names().stream().filter(n -> !FILES_OF_A_CANDIDATE.contains(n)).findFirst();
            if (stray.isPresent()) {
                return rejected(
                        claim, Layer.COMPILE, "the candidate wrote the file " + stray.get());
            }
            job.write("Check.v", claim.trustedFile());
            SandboxRun printed = compile(job, "Check.v");
            return switch (printed) {
                case SandboxRun.Overran(String bound) -> new OverLimit(Layer.ASSUMPTIONS, bound);
                case SandboxRun.Finished(int exit, String out, _) when exit == 0 ->
                        assumptions(claim, job, out);
                case SandboxRun.Finished(_, _, String err) ->
                        rejected(
                                claim,
                                Layer.ASSUMPTIONS,
                                "not a proof of the statement: " + CoqMessage.read(err).text());
            };
        }
    }

    private Optional<Verdict> compilePreamble(Sandbox.Job job, CoqClaim claim)
            throws InterruptedException {
        if (!claim.hasPreamble()) {
            return Optional.empty();
        }
        job.write("Pre.v", claim.preambleFile());
        return switch (compile(job, "Pre.v")) {
            case SandboxRun.Overran(String bound) ->
                    Optional.of(new OverLimit(Layer.COMPILE, bound));
            case SandboxRun.Finished(int exit, _, _) when exit == 0 -> Optional.empty();
            case SandboxRun.Finished(_, _, String err) -> {
                CoqMessage message = CoqMessage.read(err);
                Place place = relative(message, claim.preambleLine());
                yield Optional.of(
                        new BadStatement(Layer.COMPILE, "preamble: " + message.text(), place));
            }
        };
    }

    private static Optional<Verdict> candidate(CoqClaim claim, SandboxRun run) {
        return switch (run) {
            case SandboxRun.Overran(String bound) ->
                    Optional.of(new OverLimit(Layer.COMPILE, bound));
            case SandboxRun.Finished(int exit, _, _) when exit == 0 -> Optional.empty();
            case SandboxRun.Finished(_, _, String err) -> {
                CoqMessage message = CoqMessage.read(err);
                Optional<String> bound = message.bound();
                if (bound.isPresent()) {
                    yield Optional.of(new OverLimit(Layer.COMPILE, bound.get()));
                }
                yield Optional.of(
                        switch (claim.partAt(message.line())) {
                            case STATEMENT -> badStatement(message, claim.statementLine());
                            case SCRIPT, END, HEAD -> candidateError(claim, message);
                        });
            }
        };
    }

    private static Verdict candidateError(CoqClaim claim, CoqMessage message) {
        if (claim.negated()) { // the script is ours: its lines mean nothing to the one who asked
            return new Rejected(
                    Layer.COMPILE,
                    Refutation.explain(message.text()),
                    Place.UNKNOWN,
                    claim.source());
        }
        Place place = relative(message, claim.scriptLine());
        return new Rejected(Layer.COMPILE, message.text(), place, claim.source());
    }

    private Verdict assumptions(CoqClaim claim, Sandbox.Job job, String printed)
            throws InterruptedException {
        return switch (Assumptions.ofPrint(printed)) {
            case Assumptions.Reading.Refused(String message) ->
                    rejected(claim, Layer.ASSUMPTIONS, message);
            case Assumptions.Reading.Rests(List<String> axioms) -> kernel(claim, job, axioms);
        };
    }

    private Verdict kernel(CoqClaim claim, Sandbox.Job job, List<String> axioms)
            throws InterruptedException {
        var command = new ArrayList<String>(List.of(coqchk, "-silent", "-o"));
        if (claim.hasPreamble()) {
            command.addAll(List.of("-norec", "V.Pre"));
        }
        command.addAll(List.of("-norec", "V.Sol", "-norec", "V.Check", "-Q", ".", "V"));
        return switch (sandbox.run(job, false, command)) {
            case SandboxRun.Overran(String bound) -> new OverLimit(Layer.KERNEL, bound);
            case SandboxRun.Finished(int exit, _, String err) when exit != 0 ->
                    rejected(
                            claim,
                            Layer.KERNEL,
                            "the kernel refuses it: " + CoqMessage.read(err).text());
            case SandboxRun.Finished(_, _, String summary) ->
                    switch (Assumptions.ofKernel(summary)) {
                        case Assumptions.Reading.Refused(String message) ->
                                rejected(claim, Layer.KERNEL, message);
                        case Assumptions.Reading.Rests _ -> new Accepted(axioms, claim.source());
                    };
        };
    }

    private SandboxRun compile(Sandbox.Job job, String file) throws InterruptedException {
        return sandbox.run(
                job,
                true,
                List.of(
                        coqc,
                        "-q",
                        "-noglob",
                        "-native-compiler",
                        "no",
                        "-w",
                        WARNINGS,
                        "-Q",
                        ".",
                        "V",
                        file));
    }

    private static Verdict badStatement(CoqMessage message, int firstLine) {
        return message.bound()
                .<Verdict>map(bound -> new OverLimit(Layer.COMPILE, bound))
                .orElseGet(() ->
                        new BadStatement(
                                Layer.COMPILE, message.text(), relative(message, firstLine)));
    }

    private static Rejected rejected(CoqClaim claim, Layer layer, String message) {
        return new Rejected(layer, message, Place.UNKNOWN, claim.source());
    }

    private static Place relative(CoqMessage message, int firstLine) {
        int line = message.line() - firstLine + 1;
        return line < 1 ? Place.UNKNOWN : new Place(line, message.column());
    }

    private static Place place(String text, Trouble trouble) {
        int offset = Math.min(trouble.offset(), text.length());
        return new Place(CoqText.lineOf(text, offset), CoqText.columnOf(text, offset));
    }
}
