/**
 * Real checkers behind a sandbox: a proof counts when Coq's kernel accepts it, a counterexample
 * when the kernel accepts the negation of the statement at that point. Nothing that a model or a
 * user wrote runs outside {@link assay.agent.check.Sandbox}; where the sandbox cannot be had,
 * nothing is checked.
 *
 * <p>Threads: a check blocks its thread (a virtual one, see {@link
 * assay.agent.check.CheckerService}) while child processes run; {@link assay.agent.check.CheckGate}
 * bounds how many do so at once.
 *
 * <p>Starting points: {@link assay.agent.check.CheckerService} (the wire), {@link
 * assay.agent.check.CoqJudge} (the layers of the judgement), {@link assay.agent.check.Refutation}
 * (assignment to proof), {@link assay.agent.check.Sandbox}.
 */
@NullMarked
package assay.agent.check;

import org.jspecify.annotations.NullMarked;
