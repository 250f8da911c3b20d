package assay.agent.link;

import assay.agent.config.HostPort;
import io.grpc.ManagedChannel;

/** Opens channels to other agents. Thread-safe. */
@FunctionalInterface
public interface PeerChannels {
    /** A channel of its own for the caller, who shuts it down. */
    ManagedChannel open(HostPort agent);
}
