package assay.web.identity;

import assay.web.RunningGateway;
import assay.web.tenancy.TenantTransactions;
import java.util.EnumSet;
import java.util.UUID;

/** Keys that may do everything, for tests of other packages. */
public final class AdminKeys {
    private AdminKeys() {}

    public static String create(RunningGateway gateway) {
        UUID tenant = UUID.fromString(gateway.one("select id from tenants"));
        return gateway.bean(TenantTransactions.class)
                .in(
                        tenant,
                        transaction ->
                                gateway.bean(ApiKeys.class)
                                        .create(
                                                transaction,
                                                tenant,
                                                "admin",
                                                EnumSet.allOf(Permission.class),
                                                null));
    }
}
