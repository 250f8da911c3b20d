package assay.agent.files;

import assay.agent.fault.AgentException;
import assay.agent.fault.FaultCode;
import java.nio.file.Path;

/**
 * One file of a model version. Immutable.
 *
 * @param name relative, with forward slashes
 * @param sha256 64 lower-case hexadecimal digits
 * @param bytes its length
 */
public record WantedFile(String name, String sha256, long bytes) {
    /** Refuses names that leave the folder and hashes that are none: both become paths. */
    public WantedFile {
        Path path = Path.of(name);
        if (name.isEmpty()
                || path.isAbsolute()
                || !path.normalize().equals(path)
                || path.startsWith("..")) {
            throw new AgentException(
                    FaultCode.MODEL_FILE_NAME, "file name: " + name + " (expected: relative)");
        }
        if (!sha256.matches("[0-9a-f]{64}")) {
            throw new AgentException(
                    FaultCode.MODEL_FILE_NAME, "SHA-256: " + sha256 + " (expected: 64 hex digits)");
        }
        if (bytes < 0) {
            throw new AgentException(
                    FaultCode.MODEL_FILE_NAME, "bytes: " + bytes + " (expected: 0 or more)");
        }
    }
}
