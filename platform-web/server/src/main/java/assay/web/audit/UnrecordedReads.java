package assay.web.audit;

import java.util.Map;

/**
 * The reads that leave no record when they are allowed, each with the reason. A refused one always
 * leaves one. Whatever is not here is recorded.
 */
final class UnrecordedReads {
    private static final String OWN_STATE = "shows how machines stand, asked anew every second";
    private static final String OWN_RUN =
            "the caller asks how his own work goes on, again and again";

    /** Action to reason. */
    static final Map<String, String> ACTIONS =
            Map.ofEntries(
                    Map.entry("model.list", "names of models; programs ask before each call"),
                    Map.entry("node.list", OWN_STATE),
                    Map.entry("node.read", OWN_STATE),
                    Map.entry("node.trend", OWN_STATE),
                    Map.entry("node.history", OWN_STATE),
                    Map.entry("replica.list", OWN_STATE),
                    Map.entry("replica.history", OWN_STATE),
                    Map.entry("deployment.list", OWN_STATE),
                    Map.entry("deployment.read", OWN_STATE),
                    Map.entry("deployment.history", OWN_STATE),
                    Map.entry("job.list", OWN_RUN),
                    Map.entry("job.read", OWN_RUN),
                    Map.entry("job-share.list", "weights of queues, no data of anybody's"),
                    Map.entry("quota.list", "limits, no data of anybody's"),
                    Map.entry("quota.read", "limits, no data of anybody's"),
                    Map.entry("quota.notices", "limits, no data of anybody's"));

    private UnrecordedReads() {}
}
