package assay.engine.sample.constrain;

import assay.engine.EngineException;

/**
 * A compiled {@link ConstraintSpec} over one vocabulary: what may come next, for any number of
 * sequences. Masks are computed when they are first needed and kept with the state of the text; a
 * mask costs a walk over the vocabulary once (milliseconds at 100,000 tokens), and nothing when the
 * state comes again. It depends on the accepted tokens alone, so {@link MasksAhead} makes it while
 * the model computes the logits that it is meant for.
 *
 * <p>Thread-safe. Its memory is bounded: the compiled places at compilation, states and masks by a
 * cache that starts anew when it is full.
 */
public final class TokenConstraint {
    private final Automaton automaton;
    private final Vocabulary vocabulary;
    private final int places;

    private TokenConstraint(Network network, Vocabulary vocabulary) {
        this.automaton = new Automaton(network);
        this.vocabulary = vocabulary;
        this.places = network.size();
    }

    /**
     * @throws EngineException REQUEST_INVALID when the text of the constraint is wrong, uses what
     *     is not taken, or needs more than the limits; the message names it and its place
     */
    public static TokenConstraint compile(ConstraintSpec spec, Vocabulary vocabulary) {
        Rules rules =
                switch (spec) {
                    case ConstraintSpec.Regex(String pattern) ->
                            Rules.of(RegexParser.parse(pattern));
                    case ConstraintSpec.JsonSchema(String schema) -> SchemaCompiler.compile(schema);
                    case ConstraintSpec.JsonObject() -> JsonTexts.anyObject();
                    case ConstraintSpec.Grammar(String text) -> GrammarParser.parse(text);
                };
        return new TokenConstraint(Network.of(rules), vocabulary);
    }

    /** For one sequence, before its first generated token. */
    public ConstraintState start() {
        return new ConstraintState(automaton, vocabulary);
    }

    /** After some generated tokens: the state is a pure function of them. */
    public ConstraintState after(int... generatedIds) {
        ConstraintState state = start();
        for (int id : generatedIds) {
            state.accept(id);
        }
        return state;
    }

    /** Places of the compiled network: a measure of its size. */
    int places() {
        return places;
    }

    /** States that are kept at the moment. */
    int states() {
        return automaton.stateCount();
    }
}
