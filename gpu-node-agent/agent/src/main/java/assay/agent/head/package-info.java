/**
 * The head of a replica: takes requests, decides what runs in the next step, and gives tokens back
 * as they come.
 *
 * <p>The head loop is a stage loop that also owns the batcher and the requests; it never tokenizes
 * and never waits for a client. Each request has a virtual thread of its own for its text. Start at
 * {@link assay.agent.head.InferenceService}, then {@link assay.agent.head.HeadLoop}; {@link
 * assay.agent.head.Requests} is who asked, {@link assay.agent.head.PipelineTimes} how full the
 * pipeline is kept.
 */
@NullMarked
package assay.agent.head;

import org.jspecify.annotations.NullMarked;
