package assay.agent.head;

import assay.agent.fault.AgentException;
import assay.agent.fault.FaultCode;
import assay.engine.batch.SequenceRequest.Task;
import assay.engine.batch.SequenceRequest.Which;
import assay.engine.stage.TokenState;
import assay.inference.v1.EmbedReply;
import assay.inference.v1.EmbedRequest;
import assay.inference.v1.Embedding;
import assay.inference.v1.Pooling;
import java.util.ArrayList;
import java.util.List;

/** Hidden states of prompts, pooled as asked. Stateless. */
final class Embeddings {
    static final int INPUTS_MOST = 64;
    private static final long REPLY_BYTES_MOST = 8L << 20; // half of what a message may hold

    private Embeddings() {}

    private record Asked(int promptTokens, PromptAnswer answer) {}

    static EmbedReply reply(PromptCall<EmbedReply> call, EmbedRequest request)
            throws InterruptedException {
        Pooling pooling = pooling(request);
        List<int[]> prompts = new ArrayList<>();
        for (String input : request.getInputsList()) {
            prompts.add(Prompts.encodeWhole(call.head(), input));
        }
        requireSize(call.head(), prompts, pooling);
        Task task = new Task.States(which(pooling));
        List<Asked> asked = new ArrayList<>();
        for (int[] ids : prompts) {
            asked.add(new Asked(ids.length, call.ask(ids, request.getTenant(), task)));
        }
        EmbedReply.Builder reply = EmbedReply.newBuilder();
        for (Asked one : asked) {
            List<TokenState> states = call.await(one.answer()).states();
            reply.addEmbeddings(
                    embedding(states, pooling, request.getNormalise())
                            .setPromptTokens(one.promptTokens()));
        }
        return reply.build();
    }

    private static Pooling pooling(EmbedRequest request) {
        int inputs = request.getInputsCount();
        if (inputs < 1 || inputs > INPUTS_MOST) {
            throw invalid("inputs: " + inputs, "1.." + INPUTS_MOST);
        }
        return switch (request.getPooling()) {
            case POOLING_UNSPECIFIED -> Pooling.POOLING_MEAN;
            case UNRECOGNIZED -> throw invalid("pooling: unknown", "none, mean, last or cls");
            default -> request.getPooling();
        };
    }

    private static void requireSize(HeadLoop head, List<int[]> prompts, Pooling pooling) {
        long rows =
                pooling == Pooling.POOLING_NONE
                        ? prompts.stream().mapToLong(ids -> ids.length).sum()
                        : prompts.size();
        long bytes = rows * head.loaded().spec().hiddenSize() * Float.BYTES;
        if (bytes > REPLY_BYTES_MOST) {
            throw invalid("embeddings: " + bytes + " bytes", "at most " + REPLY_BYTES_MOST);
        }
    }

    private static Which which(Pooling pooling) {
        return switch (pooling) {
            case POOLING_LAST -> Which.LAST;
            case POOLING_CLS -> Which.FIRST;
            case POOLING_NONE, POOLING_MEAN, POOLING_UNSPECIFIED, UNRECOGNIZED -> Which.ALL;
        };
    }

    /**
     * Rows to one embedding. Sums in double, in the order of the prompt, so that it does not depend
     * on how the prompt was cut.
     */
    static Embedding.Builder embedding(
            List<TokenState> states, Pooling pooling, boolean normalise) {
        List<float[]> rows =
                pooling == Pooling.POOLING_MEAN
                        ? List.of(mean(states))
                        : states.stream().map(TokenState::values).toList();
        Embedding.Builder out =
                Embedding.newBuilder().setRows(rows.size()).setWidth(rows.getFirst().length);
        for (float[] row : rows) {
            double scale = normalise ? 1 / length(row) : 1;
            for (float value : row) {
                out.addValues((float) (value * scale));
            }
        }
        return out;
    }

    private static float[] mean(List<TokenState> states) {
        double[] sums = new double[states.getFirst().values().length];
        for (TokenState state : states) {
            for (int i = 0; i < sums.length; i++) {
                sums[i] += state.values()[i];
            }
        }
        float[] mean = new float[sums.length];
        for (int i = 0; i < sums.length; i++) {
            mean[i] = (float) (sums[i] / states.size());
        }
        return mean;
    }

    private static double length(float[] row) {
        double squares = 0;
        for (float value : row) {
            squares += (double) value * value;
        }
        return squares == 0 ? 1 : Math.sqrt(squares);
    }

    private static AgentException invalid(String value, String expected) {
        return new AgentException(
                FaultCode.REQUEST_INVALID, value + " (expected: " + expected + ")");
    }
}
