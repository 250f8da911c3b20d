package assay.engine.layer;

import assay.engine.kernel.Backend;
import assay.engine.kernel.Tensor;
import assay.engine.layer.Scratch.Slot;
import assay.engine.model.FeedForwardSpec;
import assay.engine.model.FeedForwardSpec.Router;
import assay.engine.model.ModelSpec;
import assay.engine.weights.TensorNames;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A feed-forward block of experts. Tokens are gathered by expert, so that each expert's weights are
 * read once a step; a token's experts are added in ascending order, so that its sum does not depend
 * on the others of the step. Source: Mixtral (arXiv 2401.04088), 2; of the expert that all tokens
 * share: DeepSeekMoE (arXiv 2401.06066), 3.2.
 */
final class ExpertMixture implements FeedForward {
    private final Backend backend;
    private final FeedForwardSpec.Experts spec;
    private final Tensor router;
    private final ExpertChoice choice;
    private final List<GatedBlock> experts = new ArrayList<>();
    private final @Nullable GatedBlock shared;
    private final float[] logits;
    private final int[] chosen;
    private final float[] weights;

    ExpertMixture(
            ModelSpec model, FeedForwardSpec.Experts spec, LayerWeights weights, Backend backend) {
        int hidden = model.hiddenSize();
        var names = TensorNames.ExpertNames.of(model);
        this.backend = backend;
        this.spec = spec;
        this.router = weights.matrix(names.router(), spec.count(), hidden);
        this.choice = new ExpertChoice(spec, selectionBias(spec, weights));
        for (int i = 0; i < spec.count(); i++) {
            experts.add(
                    new GatedBlock(
                            backend,
                            weights.linear(names.gate(i), spec.inner(), hidden, false),
                            weights.linear(names.up(i), spec.inner(), hidden, false),
                            weights.linear(names.down(i), hidden, spec.inner(), false)));
        }
        this.shared =
                spec.sharedInner() == 0
                        ? null
                        : GatedBlock.named(
                                TensorNames.SHARED_EXPERTS,
                                spec.sharedInner(),
                                hidden,
                                false,
                                weights,
                                backend);
        this.logits = new float[spec.count()];
        this.chosen = new int[spec.perToken()];
        this.weights = new float[spec.perToken()];
    }

    private static float[] selectionBias(FeedForwardSpec.Experts spec, LayerWeights weights) {
        return switch (spec.router()) {
            case Router.Softmax softmax -> new float[spec.count()];
            case Router.GroupedSigmoid sigmoid ->
                    weights.vector(TensorNames.SELECTION_BIAS, spec.count());
        };
    }

    @Override
    public void forward(Tensor x, Tensor hidden, LayerStep step) {
        int tokens = step.tokens();
        Tensor rated = step.room(Slot.ROUTER, spec.count());
        backend.matmul(x, List.of(router), List.of(rated));
        Visits visits = new Visits(spec.count(), tokens * spec.perToken());
        for (int t = 0; t < tokens; t++) {
            rated.readRow(t, logits);
            choice.choose(logits, chosen, weights);
            visits.add(t, chosen, weights);
        }
        visits.forEach((expert, rows, scales) -> {
            Tensor input = step.scratch().room(Slot.EXPERT_INPUT, rows.length, x.width());
            Tensor output = step.scratch().room(Slot.EXPERT_OUTPUT, rows.length, x.width());
            backend.gatherRows(x, rows, input);
            experts.get(expert).apply(input, output, step);
            backend.addScaledRows(output, rows, scales, hidden);
        });
        if (shared != null) {
            shared.forward(x, hidden, step);
        }
    }

    /** What one expert is asked for. */
    @FunctionalInterface
    private interface Call {
        void run(int expert, int[] rows, float[] scales);
    }

    /** Which tokens visit which expert, in the order they are added: token after token. */
    private static final class Visits {
        private final int[] counts;
        private final int[] tokens;
        private final int[] experts;
        private final float[] scales;
        private int size;

        Visits(int expertCount, int most) {
            counts = new int[expertCount];
            tokens = new int[most];
            experts = new int[most];
            scales = new float[most];
        }

        void add(int token, int[] chosen, float[] weights) {
            for (int i = 0; i < chosen.length; i++) {
                counts[chosen[i]]++;
                tokens[size] = token;
                experts[size] = chosen[i];
                scales[size++] = weights[i];
            }
        }

        /** Experts ascending; the tokens of each ascending. */
        void forEach(Call call) {
            int[] next = new int[counts.length];
            for (int e = 1; e < counts.length; e++) {
                next[e] = next[e - 1] + counts[e - 1];
            }
            int[] rows = new int[size];
            float[] weights = new float[size];
            for (int i = 0; i < size; i++) {
                int at = next[experts[i]]++;
                rows[at] = tokens[i];
                weights[at] = scales[i];
            }
            for (int e = 0; e < counts.length; e++) {
                if (counts[e] > 0) {
                    int from = next[e] - counts[e];
                    call.run(
                            e,
                            Arrays.copyOfRange(rows, from, next[e]),
                            Arrays.copyOfRange(weights, from, next[e]));
                }
            }
        }
    }
}
