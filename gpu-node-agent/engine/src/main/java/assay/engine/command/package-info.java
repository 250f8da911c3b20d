/**
 * What a person can ask of a model without any server: {@code ./assay model check} and {@code
 * ./assay model run}. {@link assay.engine.command.ModelMain} is where to start. Everything runs on
 * the main thread, in the order that is written there.
 */
@NullMarked
package assay.engine.command;

import org.jspecify.annotations.NullMarked;
