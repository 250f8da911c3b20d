package assay.scheduler.server.control;

import assay.scheduler.core.cluster.Reason;
import assay.scheduler.v1.ReasonCode;
import assay.scheduler.v1.ReasonPart;
import java.util.List;

/** Reasons as messages. Stateless. */
final class ReasonMessages {
    private static final String PREFIX = "REASON_CODE_";

    private ReasonMessages() {}

    static List<ReasonPart> parts(Reason reason) {
        return reason.parts().stream().map(it -> part(it.code().name(), it.values())).toList();
    }

    /**
     * A sentence as it was stored; one that a later scheduler stored may have a code that is not
     * known.
     */
    static ReasonPart part(String code, List<String> values) {
        return ReasonPart.newBuilder().setCode(code(code)).addAllValues(values).build();
    }

    static ReasonCode code(String name) {
        try {
            return ReasonCode.valueOf(PREFIX + name);
        } catch (IllegalArgumentException e) {
            return ReasonCode.REASON_CODE_UNSPECIFIED;
        }
    }
}
