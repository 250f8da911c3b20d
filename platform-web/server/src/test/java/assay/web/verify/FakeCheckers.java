package assay.web.verify;

import assay.check.v1.CheckReply;
import assay.check.v1.CheckRequest;
import assay.check.v1.Outcome;
import assay.check.v1.Phase;
import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.serving.Checkers;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** A checker whose opinion a test chooses; it understands every statement but "bad". */
final class FakeCheckers implements Checkers {
    static final String TOOL = "Coq 8.16.1";

    final List<CheckRequest> asked = Collections.synchronizedList(new ArrayList<>());
    volatile Function<CheckRequest, Outcome> opinion = request -> Outcome.OUTCOME_REJECTED;
    volatile boolean installed = true;

    /** How many further calls find every checker busy. */
    volatile int busyCalls;

    @Override
    public Optional<String> version(String system) {
        return installed ? Optional.of(TOOL) : Optional.empty();
    }

    @Override
    public String whyUnavailable(String system) {
        return "no node offers " + system + ": install the Debian package coq";
    }

    @Override
    public synchronized CheckReply check(CheckRequest request) {
        if (busyCalls > 0) {
            busyCalls--;
            throw new WebException(ErrorCode.CHECKER_BUSY, "every checker is busy");
        }
        if (!installed) {
            throw new WebException(ErrorCode.NO_REPLICA, "no node offers coq");
        }
        asked.add(request);
        var reply = CheckReply.newBuilder().setTool(TOOL).setDurationMillis(5);
        if (request.getCandidateCase() == CheckRequest.CandidateCase.STATEMENT_ONLY) {
            boolean bad = request.getStatement().startsWith("bad");
            return reply.setOutcome(bad ? Outcome.OUTCOME_BAD_STATEMENT : Outcome.OUTCOME_ACCEPTED)
                    .setMessage(bad ? "The reference bad was not found" : "")
                    .build();
        }
        Outcome outcome = opinion.apply(request);
        reply.setOutcome(outcome).setPhase(Phase.PHASE_KERNEL);
        if (outcome == Outcome.OUTCOME_ACCEPTED) {
            return reply.setSource("Goal " + request.getStatement() + ".\n").build();
        }
        return reply.setPhase(Phase.PHASE_COMPILE)
                .setMessage("Unable to unify")
                .setLine(2)
                .setColumn(3)
                .build();
    }
}
