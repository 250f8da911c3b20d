package assay.web.identity;

import assay.web.RunningGateway;
import java.util.EnumSet;

/** Keys that may do everything, for tests of other packages. */
public final class AdminKeys {
    private AdminKeys() {}

    public static String create(RunningGateway gateway) {
        return TestKeys.make(
                gateway,
                String.valueOf(gateway.one("select id from tenants where slug = 'default'")),
                EnumSet.allOf(Permission.class));
    }
}
