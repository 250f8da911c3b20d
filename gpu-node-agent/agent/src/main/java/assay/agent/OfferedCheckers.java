package assay.agent;

import assay.agent.v1.CheckerOffer;
import io.grpc.ServerServiceDefinition;
import java.util.List;

/**
 * What this node can check. Immutable.
 *
 * @param services served to gateways
 * @param offers told to the scheduler, those that are not available with the reason
 */
public record OfferedCheckers(List<ServerServiceDefinition> services, List<CheckerOffer> offers) {
    /** A node that checks nothing. */
    public static final OfferedCheckers NONE = new OfferedCheckers(List.of(), List.of());

    /** Copies both. */
    public OfferedCheckers {
        services = List.copyOf(services);
        offers = List.copyOf(offers);
    }
}
