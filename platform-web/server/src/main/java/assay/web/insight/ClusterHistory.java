package assay.web.insight;

import assay.web.identity.Caller;
import java.util.List;

/** What became of replicas, nodes and deployments. Thread-safe. */
public interface ClusterHistory {
    /** The most events of one page. */
    int MOST = 1000;

    /**
     * A page, newest first.
     *
     * @param limit 1..{@value #MOST}
     * @param before the id of the last event of the page before; 0 to begin with the newest
     * @throws assay.web.WebException PERMISSION_DENIED, SCHEDULER_AWAY
     */
    Page page(Caller caller, Subject subject, int limit, long before);

    /** Whose history. */
    sealed interface Subject {
        /** Of one replica; it need not be there any more. */
        record OfReplica(String id) implements Subject {}

        /** Of a deployment and all its replicas. */
        record OfDeployment(String name) implements Subject {}

        /** Of a node and what was on it. */
        record OfNode(String id) implements Subject {}
    }

    /**
     * Some events.
     *
     * @param more whether there are older ones
     */
    record Page(List<HistoryEvent> events, boolean more) {
        public Page {
            events = List.copyOf(events);
        }
    }
}
