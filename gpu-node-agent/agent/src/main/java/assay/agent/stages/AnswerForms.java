package assay.agent.stages;

import assay.engine.model.ModelSpec;
import assay.engine.sample.constrain.ConstraintSpec;
import assay.engine.sample.constrain.TokenConstraints;
import assay.engine.sample.constrain.Vocabulary;
import assay.engine.stage.Constraint;
import assay.engine.tokenizer.TokenVocabulary;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Compiles what answers must look like, for one model. Its tokens are read when a constraint is
 * first asked for, since most requests have none. Thread-safe; never called by a stage loop.
 */
public final class AnswerForms {
    private static final int KEPT = 16;

    private final Supplier<TokenVocabulary> vocabulary;
    private final ModelSpec spec;
    private @Nullable TokenConstraints constraints;

    /**
     * For one model.
     *
     * @param vocabulary asked once, when the first constraint comes
     */
    public AnswerForms(Supplier<TokenVocabulary> vocabulary, ModelSpec spec) {
        this.vocabulary = vocabulary;
        this.spec = spec;
    }

    /**
     * The compiled constraint.
     *
     * @throws assay.engine.EngineException REQUEST_INVALID says what is wrong with it,
     *     MODEL_UNSUPPORTED when the model's tokens are of an unknown kind
     */
    public Constraint of(ConstraintSpec wanted) {
        return new Constraint(wanted, constraints().of(wanted));
    }

    private synchronized TokenConstraints constraints() {
        TokenConstraints known = constraints;
        if (known == null) {
            byte[][] tokens = vocabulary.get().bytes(spec.vocabularySize());
            known = new TokenConstraints(Vocabulary.of(tokens, spec.eosIds()), KEPT);
            constraints = known;
        }
        return known;
    }
}
