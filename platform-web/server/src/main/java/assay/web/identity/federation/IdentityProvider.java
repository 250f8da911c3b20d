package assay.web.identity.federation;

import java.util.UUID;

/**
 * A provider that a tenant trusts. Immutable; the secret is never in it.
 *
 * @param spec with a client secret of null
 */
public record IdentityProvider(UUID id, UUID tenantId, ProviderSpec spec, long version) {}
