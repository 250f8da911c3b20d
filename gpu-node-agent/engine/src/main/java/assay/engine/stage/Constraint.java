package assay.engine.stage;

import assay.engine.sample.constrain.ConstraintSpec;
import assay.engine.sample.constrain.TokenConstraint;

/**
 * What the generated text of a sequence must be: as the caller wrote it, for other processes, and
 * compiled for the model's tokens. Immutable; compiled outside the loops.
 */
public record Constraint(ConstraintSpec spec, TokenConstraint compiled) {}
