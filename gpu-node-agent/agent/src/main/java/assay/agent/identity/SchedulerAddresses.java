package assay.agent.identity;

import io.grpc.Attributes;
import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import io.grpc.Status;
import io.grpc.StatusOr;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Several addresses of one scheduler as the target of one channel, {@code schedulers:///a:1,b:2}:
 * leader and standbys, of which one at a time listens. The channel dials them in turn and checks
 * each certificate against the host that it dialled. gRPC finds this class by its service file.
 * Thread-safe.
 */
public final class SchedulerAddresses extends NameResolverProvider {
    private static final String SCHEME = "schedulers";
    private static final int PRIORITY = 5;

    /** The target of a channel to any of these. */
    public static String target(List<String> addresses) {
        String all = String.join(",", addresses);
        return SCHEME + ":///" + all.replace("[", "%5B").replace("]", "%5D");
    }

    @Override
    protected boolean isAvailable() {
        return true;
    }

    @Override
    protected int priority() {
        return PRIORITY;
    }

    @Override
    public String getDefaultScheme() {
        return SCHEME;
    }

    @Override
    public @Nullable NameResolver newNameResolver(URI target, NameResolver.Args args) {
        if (!SCHEME.equals(target.getScheme())) {
            return null;
        }
        var addresses = List.of(target.getPath().substring(1).split(","));
        return new Resolver(addresses, args.getOffloadExecutor());
    }

    /** Looks the hosts up at the start and whenever the channel lost its connection. */
    private static final class Resolver extends NameResolver {
        private final List<String> addresses;
        private final @Nullable Executor executor;
        private @Nullable Listener2 listener;

        Resolver(List<String> addresses, @Nullable Executor executor) {
            this.addresses = addresses;
            this.executor = executor;
        }

        @Override
        public String getServiceAuthority() {
            return addresses.getFirst();
        }

        @Override
        public void start(Listener2 begun) {
            listener = begun;
            refresh();
        }

        @Override
        public void refresh() {
            Listener2 told = listener;
            if (told == null) {
                return;
            }
            if (executor == null) {
                resolve(told);
            } else {
                executor.execute(() -> resolve(told));
            }
        }

        private void resolve(Listener2 told) {
            var found = new ArrayList<EquivalentAddressGroup>();
            String failure = "";
            for (String address : addresses) {
                int colon = address.lastIndexOf(':');
                try {
                    InetAddress host = InetAddress.getByName(address.substring(0, colon));
                    int port = Integer.parseInt(address.substring(colon + 1));
                    var attributes =
                            Attributes.newBuilder()
                                    .set(
                                            EquivalentAddressGroup.ATTR_AUTHORITY_OVERRIDE,
                                            address)
                                    .build();
                    found.add(
                            new EquivalentAddressGroup(
                                    new InetSocketAddress(host, port), attributes));
                } catch (UnknownHostException e) {
                    failure = "host of " + address + " is unknown";
                }
            }
            if (found.isEmpty()) {
                told.onError(Status.UNAVAILABLE.withDescription(failure));
            } else {
                told.onResult(
                        ResolutionResult.newBuilder()
                                .setAddressesOrError(StatusOr.fromValue(found))
                                .build());
            }
        }

        @Override
        public void shutdown() {
            listener = null;
        }
    }
}
