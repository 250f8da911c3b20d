package assay.agent.files;

import assay.agent.fault.AgentException;
import assay.agent.fault.FaultCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * A folder of links that gives the cached files of one model version their own names again.
 * Stateless.
 */
public final class VersionFolder {
    private VersionFolder() {}

    /**
     * Makes the folder, named by its content; making it twice gives the same one.
     *
     * @param models the cache's folder
     * @param files name and verified path of each
     */
    public static Path link(Path models, List<WantedFile> files, Map<WantedFile, Path> here) {
        Path folder = models.resolve("versions").resolve(key(files));
        try {
            for (WantedFile file : files) {
                Path link = folder.resolve(file.name());
                Path target = here.get(file);
                if (target == null) {
                    throw new IllegalArgumentException(file.name() + ": not here");
                }
                Files.createDirectories(link.getParent());
                if (!Files.exists(link) || !Files.isSameFile(link, target)) {
                    Files.deleteIfExists(link);
                    Files.createSymbolicLink(link, target.toAbsolutePath());
                }
            }
        } catch (IOException e) {
            throw new AgentException(
                    FaultCode.DISK_FAILED, "model cache: links can not be made: " + e, e);
        }
        return folder;
    }

    private static String key(List<WantedFile> files) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (WantedFile file : files) {
                digest.update(
                        (file.name() + "\0" + file.sha256() + "\n")
                                .getBytes(StandardCharsets.UTF_8));
            }
            return HexFormat.of().formatHex(digest.digest(), 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
