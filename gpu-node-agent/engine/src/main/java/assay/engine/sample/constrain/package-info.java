/**
 * Output that is well formed by construction: at each position only those tokens may be drawn whose
 * bytes keep the text the beginning of something that a regular expression, a JSON Schema or a
 * grammar admits. A constraint makes an output well formed, never true.
 *
 * <p>The way through: a {@link assay.engine.sample.constrain.ConstraintSpec} is parsed to rules of
 * {@link assay.engine.sample.constrain.Expr}, checked ({@link
 * assay.engine.sample.constrain.RuleCheck}: no left recursion, no rule without finite text), and
 * built into a {@link assay.engine.sample.constrain.Network} of byte edges and calls. {@link
 * assay.engine.sample.constrain.Automaton} walks sets of (place, stack) over it, lazily, one
 * interned state per set; without recursion that is a lazily built DFA. {@link
 * assay.engine.sample.constrain.TokenTrie} walks all tokens of a {@link
 * assay.engine.sample.constrain.Vocabulary} through the automaton at once, which gives a {@link
 * assay.engine.sample.constrain.TokenMask}, on the thread of {@link
 * assay.engine.sample.constrain.MasksAhead} where it can be made before it is asked for. Start
 * reading at {@link assay.engine.sample.constrain.TokenConstraint}; for JSON Schema at {@link
 * assay.engine.sample.constrain.Conjunction}.
 *
 * <p>Sources: token trie and set of states, llguidance (README, "Token trie"); states per DFA,
 * Willard and Louf, "Efficient guided generation for large language models" (arXiv 2307.09702);
 * sets of stacks and the grammar's notation, llama.cpp (grammars/README.md); lazily built DFA with
 * a bounded cache, Cox, "Regular expression matching in the wild" (2010); JSON Schema, draft
 * 2020-12.
 *
 * <p>Constraints and vocabularies are immutable to their users and thread-safe; a {@link
 * assay.engine.sample.constrain.ConstraintState} belongs to one sequence.
 */
@NullMarked
package assay.engine.sample.constrain;

import org.jspecify.annotations.NullMarked;
