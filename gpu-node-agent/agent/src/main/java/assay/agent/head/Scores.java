package assay.agent.head;

import assay.engine.batch.SequenceRequest.Task;
import assay.engine.stage.TokenRating;
import assay.engine.tokenizer.Tokenizer;
import assay.inference.v1.ScoreReply;
import assay.inference.v1.ScoreRequest;

/** How likely the model holds a text, token by token. Stateless. */
final class Scores {
    private Scores() {}

    static ScoreReply reply(PromptCall<ScoreReply> call, ScoreRequest request)
            throws InterruptedException {
        int top = request.getTopLogProbs();
        Samplings.within("top_log_probs", top, Samplings.TOP_MOST);
        Tokenizer tokenizer = call.head().loaded().tokenizer().orElseThrow();
        int[] ids = Prompts.encodeWhole(call.head(), request.getPrompt());
        PromptAnswer answer = call.await(call.ask(ids, request.getTenant(), new Task.Rate(top)));
        ScoreReply.Builder reply = ScoreReply.newBuilder();
        for (int id : ids) {
            reply.addIds(id);
            reply.addTexts(Choice.text(id, tokenizer));
        }
        for (TokenRating rating : answer.ratings()) {
            reply.addLogProbs(rating.logProb());
            if (top > 0) {
                reply.addTop(Choice.top(rating.alternatives(), tokenizer));
            }
        }
        return reply.build();
    }
}
