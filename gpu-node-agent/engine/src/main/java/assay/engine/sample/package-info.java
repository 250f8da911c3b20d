/**
 * Logits to a token id, and text to the point where it must stop. {@link
 * assay.engine.sample.Sampler} is a pure function of logits, parameters, history, mask and
 * position, so that a sequence resumed elsewhere goes on as it would have. Start reading there.
 *
 * <p>What the last stage needs of a sequence: once, when its first token is to be sampled or after
 * a recovery, the {@link assay.engine.sample.SamplingParams}, the ids of the prompt where {@code
 * penalties().needPrompt()}, the ids generated so far where {@code penalties().needGenerated()} or
 * there is a constraint, and the {@link assay.engine.sample.constrain.ConstraintSpec} where there
 * is one. From them it makes a {@link assay.engine.sample.SamplingState}, and with each further
 * slice it needs the position alone: what it drew, it counts itself. Several answers to one prompt
 * are sequences of their own, with {@code params.forAnswer(k)}.
 *
 * <p>Runs on the thread of the last stage; {@link assay.engine.sample.StopSequences} belongs to
 * whoever streams one answer.
 */
@NullMarked
package assay.engine.sample;

import org.jspecify.annotations.NullMarked;
