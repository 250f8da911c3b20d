package assay.web;

import assay.check.v1.CheckReply;
import assay.check.v1.CheckRequest;
import assay.check.v1.CheckRequest.CandidateCase;
import assay.check.v1.CheckerGrpc;
import assay.check.v1.Outcome;
import assay.check.v1.Phase;
import io.grpc.stub.StreamObserver;

/**
 * A checker that reads every statement but one that begins with "bad", and accepts every candidate
 * but for a statement that begins with "hard".
 */
final class FakeChecker extends CheckerGrpc.CheckerImplBase {
    static final String TOOL = "Coq 8.16.1";

    @Override
    public void check(CheckRequest request, StreamObserver<CheckReply> replies) {
        String statement = request.getStatement();
        var reply = CheckReply.newBuilder().setTool(TOOL).setPhase(Phase.PHASE_COMPILE);
        if (statement.startsWith("bad")) {
            reply.setOutcome(Outcome.OUTCOME_BAD_STATEMENT)
                    .setMessage("The reference bad was not found in the current environment.");
        } else if (request.getCandidateCase() == CandidateCase.STATEMENT_ONLY) {
            reply.setOutcome(Outcome.OUTCOME_ACCEPTED);
        } else if (statement.startsWith("hard")) {
            reply.setOutcome(Outcome.OUTCOME_REJECTED).setMessage("Unable to unify.");
        } else {
            reply.setOutcome(Outcome.OUTCOME_ACCEPTED)
                    .setPhase(Phase.PHASE_KERNEL)
                    .setSource("Goal " + statement + ".\nProof.\ntrivial.\nQed.\n");
        }
        replies.onNext(reply.build());
        replies.onCompleted();
    }
}
