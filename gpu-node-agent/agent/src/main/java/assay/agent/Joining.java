package assay.agent;

import assay.agent.config.AgentConfig;
import assay.agent.config.DataFolder;
import assay.agent.config.StartException;
import assay.agent.identity.Enroller;
import assay.agent.identity.IdentityFolder;
import assay.agent.identity.NodeIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** The identity of this node: kept from before, or enrolled for now. On the main thread. */
final class Joining {
    private final AgentConfig config;
    private final IdentityFolder folder;
    private final X509Certificate authority;

    Joining(AgentConfig config, DataFolder data, X509Certificate authority) {
        this.config = config;
        this.folder = new IdentityFolder(data.identity(), InstantSource.system());
        this.authority = authority;
    }

    NodeIdentity identity() throws InterruptedException {
        try {
            Optional<NodeIdentity> kept = folder.load(authority);
            if (kept.isPresent()) {
                return kept.get();
            }
            Enroller enroller =
                    new Enroller(
                            config.schedulers(), authority, () -> TimeUnit.MILLISECONDS.sleep(500));
            NodeIdentity fresh = enroller.enroll(token(), config.name(), hosts());
            folder.save(fresh);
            return fresh;
        } catch (IOException e) {
            throw DataFolder.unusable(config.data(), e);
        } catch (GeneralSecurityException e) {
            throw new StartException(
                    StartException.FAILED, "enrollment: certificate not usable: " + e.getMessage());
        }
    }

    private String token() {
        Path file =
                config.joinTokenFile()
                        .orElseThrow(() ->
                                new StartException(
                                        StartException.BAD_OPTION,
                                        "--join-token-file: missing (expected: this node has no certificate of the CA in "
                                                + config.caFile()
                                                + " yet)"));
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new StartException(
                    StartException.BAD_OPTION, "--join-token-file: " + file + " can not be read");
        }
    }

    private List<String> hosts() {
        Set<String> hosts = new LinkedHashSet<>();
        hosts.add(config.advertise());
        if (!config.listen().host().equals("0.0.0.0") && !config.listen().host().equals("::")) {
            hosts.add(config.listen().host());
        }
        hosts.add("localhost");
        hosts.add("127.0.0.1");
        return List.copyOf(hosts);
    }
}
