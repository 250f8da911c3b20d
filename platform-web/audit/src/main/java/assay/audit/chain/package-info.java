/**
 * The proof that no record was changed, taken out, put in or moved. {@link
 * assay.audit.chain.Sealer} gives each record a place in its tenant's chain, {@link
 * assay.audit.chain.DaySealer} signs a Merkle root over each finished day, {@link
 * assay.audit.chain.DayJobs} lets a day go when it may, {@link assay.audit.chain.ChainCheck} finds
 * the first record that is not as it was. Sealer and jobs run in threads of the gateway, one at a
 * time over all gateways. Start reading at {@link assay.audit.chain.Hashes}.
 */
@NullMarked
package assay.audit.chain;

import org.jspecify.annotations.NullMarked;
