package assay.engine.sample.constrain;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Compiled constraints of one vocabulary by what they say, so that requests of the same kind share
 * states and masks. Keeps the most lately used ones. Thread-safe: a constraint is compiled once, by
 * whoever asks first; the others wait for it.
 */
public final class TokenConstraints {
    private final Vocabulary vocabulary;
    private final Map<ConstraintSpec, CompletableFuture<TokenConstraint>> kept;

    /**
     * @param most constraints kept, at least 1; each holds up to about 64 MiB of states and masks
     */
    public TokenConstraints(Vocabulary vocabulary, int most) {
        this.vocabulary = vocabulary;
        this.kept =
                new LinkedHashMap<>(16, 0.75f, true) {
                    @Override
                    protected boolean removeEldestEntry(
                            Map.Entry<ConstraintSpec, CompletableFuture<TokenConstraint>> eldest) {
                        return size() > most;
                    }
                };
    }

    /**
     * @throws assay.engine.EngineException REQUEST_INVALID as {@link TokenConstraint#compile}, or
     *     when no token of the vocabulary begins a text that is admitted
     */
    public TokenConstraint of(ConstraintSpec spec) {
        var mine = new CompletableFuture<TokenConstraint>();
        CompletableFuture<TokenConstraint> shared;
        synchronized (kept) {
            shared = kept.get(spec);
            if (shared == null) {
                kept.put(spec, mine);
            }
        }
        return shared == null ? compile(spec, mine) : await(shared);
    }

    private TokenConstraint compile(
            ConstraintSpec spec, CompletableFuture<TokenConstraint> result) {
        try {
            TokenConstraint compiled = TokenConstraint.compile(spec, vocabulary);
            compiled.start().mask(); // every sequence needs it first; here nobody's step waits
            result.complete(compiled);
            return compiled;
        } catch (RuntimeException | Error e) {
            synchronized (kept) {
                kept.remove(spec, result);
            }
            result.completeExceptionally(e);
            throw e;
        }
    }

    private static TokenConstraint await(CompletableFuture<TokenConstraint> shared) {
        try {
            return shared.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }
}
