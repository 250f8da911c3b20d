package assay.web.identity;

import assay.web.RunningGateway;
import assay.web.tenancy.TenantTransactions;
import java.util.Set;
import java.util.UUID;

/** Keys for tests of other rooms. */
public final class TestKeys {
    private TestKeys() {}

    /** Makes a key of the tenant's. */
    public static String make(RunningGateway gateway, String tenantId, Set<Permission> scopes) {
        UUID tenant = UUID.fromString(tenantId);
        return gateway.bean(TenantTransactions.class)
                .in(
                        tenant,
                        transaction ->
                                gateway.bean(ApiKeys.class)
                                        .create(
                                                transaction,
                                                tenant,
                                                ApiKeys.Draft.plain("test", scopes, null)));
    }

    /** Makes a person's own key. */
    public static String owned(
            RunningGateway gateway, UUID tenant, UUID owner, Set<Permission> scopes) {
        return gateway.bean(TenantTransactions.class)
                .in(
                        tenant,
                        transaction ->
                                gateway.bean(ApiKeys.class)
                                        .create(
                                                transaction,
                                                tenant,
                                                new ApiKeys.Draft(
                                                        UUID.randomUUID(),
                                                        "own",
                                                        "",
                                                        scopes,
                                                        owner,
                                                        owner,
                                                        null,
                                                        null,
                                                        null,
                                                        null)));
    }
}
