package assay.engine.batch;

import assay.engine.sample.TokenLogProb;
import assay.engine.stage.Refusal;
import assay.engine.stage.TokenRating;
import assay.engine.stage.TokenState;
import java.util.List;

/** What a completed step means for one sequence. */
public sealed interface SequenceEvent {
    long sequenceId();

    /** The next token; the id that ends the sequence is told as well. */
    record Token(long sequenceId, int id, float logProb, List<TokenLogProb> alternatives)
            implements SequenceEvent {}

    /** A token of the prompt was rated; they come in the order of the prompt. */
    record Rated(TokenRating rating) implements SequenceEvent {
        @Override
        public long sequenceId() {
            return rating.sequenceId();
        }
    }

    /** The hidden state of a token; they come in the order of the prompt. */
    record Shown(TokenState state) implements SequenceEvent {
        @Override
        public long sequenceId() {
            return state.sequenceId();
        }
    }

    /** Nothing can be sampled for it. The last event of a sequence. */
    record Refused(Refusal refusal) implements SequenceEvent {
        @Override
        public long sequenceId() {
            return refusal.sequenceId();
        }
    }

    /** It ended by itself. The last event of a sequence. */
    record Finished(long sequenceId, FinishReason reason) implements SequenceEvent {}
}
