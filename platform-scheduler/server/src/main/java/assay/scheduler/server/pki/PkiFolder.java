package assay.scheduler.server.pki;

import assay.scheduler.server.ErrorCode;
import assay.scheduler.server.SchedulerException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder with the authority ({@code ca.pem}, {@code ca.key}) and the scheduler's own
 * certificate ({@code server.pem}, {@code server.key}), which is issued anew at a start when the
 * hosts changed or less than a third of its time is left. One process at a time may hold it: close
 * it to let go.
 */
public final class PkiFolder implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PkiFolder.class);
    private static final String SECRET = "rw-------";
    private static final String PUBLIC = "rw-r--r--";

    private final FileChannel lockFile;
    private final CertificateAuthority authority;
    private final PrivateKey key;
    private final X509Certificate certificate;

    private PkiFolder(
            FileChannel lockFile,
            CertificateAuthority authority,
            PrivateKey key,
            X509Certificate certificate) {
        this.lockFile = lockFile;
        this.authority = authority;
        this.key = key;
        this.certificate = certificate;
    }

    /**
     * Opens the folder, making what is not there.
     *
     * @throws SchedulerException PKI_BROKEN when another process holds it, or half of it is missing
     */
    public static PkiFolder open(
            Path folder, List<String> hosts, Duration lifetime, InstantSource clock) {
        try {
            Files.createDirectories(
                    folder,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
            FileChannel lock = lock(folder);
            CertificateAuthority authority = authority(folder, clock);
            return own(folder, lock, authority, new Hosts(hosts), lifetime, clock.instant());
        } catch (IOException | GeneralSecurityException e) {
            throw new SchedulerException(
                    ErrorCode.PKI_BROKEN, "pki folder " + folder + ": " + e.getMessage(), e);
        }
    }

    private static FileChannel lock(Path folder) throws IOException {
        FileChannel channel =
                FileChannel.open(
                        folder.resolve(".lock"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock();
        if (lock == null) {
            channel.close();
            throw new IOException("another scheduler is using it");
        }
        return channel;
    }

    private static CertificateAuthority authority(Path folder, InstantSource clock)
            throws IOException, GeneralSecurityException {
        Path keyFile = folder.resolve("ca.key");
        Path certificateFile = folder.resolve("ca.pem");
        if (Files.exists(keyFile) != Files.exists(certificateFile)) {
            throw new IOException("only one of ca.key and ca.pem is there");
        }
        if (!Files.exists(keyFile)) {
            var created = CertificateAuthority.create(clock);
            PemFiles.write(keyFile, PemFiles.text(created.key()), SECRET);
            PemFiles.write(certificateFile, PemFiles.text(created.certificate()), PUBLIC);
            LOG.info("made a certificate authority in {}", folder);
            return created;
        }
        return new CertificateAuthority(
                PemFiles.readKey(keyFile), PemFiles.readCertificate(certificateFile), clock);
    }

    private static PkiFolder own(
            Path folder,
            FileChannel lock,
            CertificateAuthority authority,
            Hosts hosts,
            Duration lifetime,
            Instant now)
            throws IOException, GeneralSecurityException {
        Path keyFile = folder.resolve("server.key");
        Path certificateFile = folder.resolve("server.pem");
        Path hostsFile = folder.resolve("server.hosts");
        String wanted = String.join("\n", hosts.values());
        UUID id = UUID.randomUUID();
        if (Files.exists(certificateFile) && Files.exists(keyFile)) {
            X509Certificate own = PemFiles.readCertificate(certificateFile);
            boolean sameHosts =
                    Files.exists(hostsFile) && Files.readString(hostsFile).equals(wanted);
            Instant renewAt = own.getNotAfter().toInstant().minus(lifetime.dividedBy(3));
            if (sameHosts && now.isBefore(renewAt)) {
                return new PkiFolder(lock, authority, PemFiles.readKey(keyFile), own);
            }
            id = Identity.of(own).map(Identity::id).orElse(id);
        }
        KeyPair keys = CertificateAuthority.newKeys();
        var identity = new Identity(IdentityKind.SCHEDULER, id);
        X509Certificate issued =
                authority.issue(keys.getPublic(), identity, "scheduler", hosts, lifetime);
        Files.deleteIfExists(certificateFile);
        PemFiles.write(keyFile, PemFiles.text(keys.getPrivate()), SECRET);
        PemFiles.write(hostsFile, wanted, PUBLIC);
        PemFiles.write(certificateFile, PemFiles.text(issued), PUBLIC);
        return new PkiFolder(lock, authority, keys.getPrivate(), issued);
    }

    public CertificateAuthority authority() {
        return authority;
    }

    public PrivateKey key() {
        return key;
    }

    /** Own certificate first. */
    public List<X509Certificate> chain() {
        return authority.chain(certificate);
    }

    public Identity identity() {
        return Identity.of(certificate).orElseThrow();
    }

    @Override
    public void close() throws IOException {
        lockFile.close();
    }
}
