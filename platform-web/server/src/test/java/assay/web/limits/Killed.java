package assay.web.limits;

import assay.web.RunningGateway;

/** For tests of other rooms: what a gateway leaves behind that is killed. */
public final class Killed {
    private Killed() {}

    /** From now on the gateway tells nobody what it holds of limits, nor gives anything back. */
    public static void abandon(RunningGateway gateway) {
        gateway.bean(Quotas.class).abandon();
    }
}
