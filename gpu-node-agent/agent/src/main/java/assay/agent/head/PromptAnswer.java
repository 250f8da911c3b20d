package assay.agent.head;

import assay.agent.fault.AgentException;
import assay.engine.batch.FinishReason;
import assay.engine.batch.SequenceEvent;
import assay.engine.stage.TokenRating;
import assay.engine.stage.TokenState;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Gathers what the model answers about a prompt, for one who waits for all of it. The head loop
 * fills it; it is read when it is done.
 */
final class PromptAnswer implements TokenSink {
    private final List<TokenRating> ratings = new ArrayList<>();
    private final List<TokenState> states = new ArrayList<>();
    private final CompletableFuture<PromptAnswer> done = new CompletableFuture<>();

    /** Completed with this when all is there, or with the fault. */
    CompletableFuture<PromptAnswer> done() {
        return done;
    }

    List<TokenRating> ratings() {
        return ratings;
    }

    List<TokenState> states() {
        return states;
    }

    @Override
    public void accepted() {}

    @Override
    public boolean token(SequenceEvent.Token token, Timing timing) {
        throw new IllegalStateException("a token of a prompt that was only to be looked at");
    }

    @Override
    public void rated(TokenRating rating) {
        ratings.add(rating);
    }

    @Override
    public void shown(TokenState state) {
        states.add(state);
    }

    @Override
    public void finished(FinishReason reason) {
        done.complete(this);
    }

    @Override
    public void failed(AgentException fault) {
        done.completeExceptionally(fault);
    }
}
