package assay.scheduler.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import tools.jackson.databind.json.JsonMapper;

/** Tells whoever started us where we listen. Stateless. */
final class AddressFile {
    private AddressFile() {}

    /** Whole or not at all. */
    static void write(Path file, JsonMapper json, String grpc, int management) {
        var addresses = new LinkedHashMap<String, Object>();
        addresses.put("grpc", grpc);
        addresses.put("management", management);
        Path target = file.toAbsolutePath();
        Path temporary = target.resolveSibling(target.getFileName() + ".new");
        try {
            Files.writeString(temporary, json.writeValueAsString(addresses));
            Files.move(
                    temporary,
                    target,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new SchedulerException(
                    ErrorCode.CONFIGURATION_INVALID, "address file " + file + ": unwritable", e);
        }
    }
}
