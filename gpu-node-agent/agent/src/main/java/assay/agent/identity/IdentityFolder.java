package assay.agent.identity;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Keeps the identity over restarts: {@code key.pem} (0600), {@code chain.pem}, {@code ca.pem}.
 * Confined to the main thread.
 */
public final class IdentityFolder {
    private static final Set<PosixFilePermission> OWNER_ONLY =
            PosixFilePermissions.fromString("rw-------");

    private final Path folder;
    private final InstantSource clock;

    /** Works in a folder that exists. */
    public IdentityFolder(Path folder, InstantSource clock) {
        this.folder = folder;
        this.clock = clock;
    }

    /**
     * What was saved, if it is whole, still valid and issued by this authority; else empty: enroll
     * again.
     */
    public Optional<NodeIdentity> load(X509Certificate authority) throws IOException {
        Path chainFile = folder.resolve("chain.pem");
        Path keyFile = folder.resolve("key.pem");
        if (!Files.exists(chainFile) || !Files.exists(keyFile)) {
            return Optional.empty();
        }
        try {
            List<X509Certificate> chain = Pem.certificates(Files.readString(chainFile));
            PrivateKey key = Pem.privateKey(Files.readString(keyFile));
            X509Certificate own = chain.getFirst();
            chain.getLast().verify(authority.getPublicKey());
            own.checkValidity(Date.from(clock.instant()));
            return PeerIdentity.of(own)
                    .filter(self -> self.kind() == PeerKind.NODE)
                    .map(self -> new NodeIdentity(self, key, chain, authority));
        } catch (GeneralSecurityException e) {
            return Optional.empty();
        }
    }

    /** Writes all three; the chain last, because it is what {@link #load} looks for. */
    public void save(NodeIdentity identity) throws IOException, GeneralSecurityException {
        write("key.pem", Pem.privateKey(identity.key()));
        write("ca.pem", Pem.certificates(List.of(identity.authority())));
        write("chain.pem", Pem.certificates(identity.chain()));
    }

    private void write(String name, String text) throws IOException {
        Path part = folder.resolve(name + ".part");
        Files.deleteIfExists(part);
        Files.createFile(part, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        Files.write(part, text.getBytes(StandardCharsets.US_ASCII));
        Files.move(part, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }
}
