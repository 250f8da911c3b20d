/**
 * Tests against a gateway that really runs: real PostgreSQL, real sockets, real certificates. What
 * can not be real here, the scheduler and the agents, behaves: see {@link assay.web.FakeCluster}.
 */
@NullMarked
package assay.web;

import org.jspecify.annotations.NullMarked;
