/**
 * Logits to a token id, and text to the point where it must stop. {@link
 * assay.engine.sample.Sampler} is a pure function of logits, parameters and position, so that a
 * sequence resumed elsewhere goes on as it would have. Runs on the thread of the last stage; {@link
 * assay.engine.sample.StopSequences} belongs to whoever streams one answer.
 */
@NullMarked
package assay.engine.sample;

import org.jspecify.annotations.NullMarked;
