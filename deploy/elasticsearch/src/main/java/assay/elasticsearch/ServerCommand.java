package assay.elasticsearch;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How the server's process is started. Immutable. The process reads its standard input and ends
 * when that does.
 *
 * @param port of HTTP on loopback
 * @param nodeName what the server calls itself, so that a client can tell it from a stale one
 * @param heapMebibytes 256 is enough for a hundred thousand records, 384 for ten million
 */
public record ServerCommand(
        ServerHome home, Path data, int port, String nodeName, int heapMebibytes) {
    public static final String MAIN_CLASS = "assay.elasticsearch.server.EmbeddedServer";

    private static final int LEAST_HEAP = 192;

    public ServerCommand {
        if (heapMebibytes < LEAST_HEAP) {
            throw new IllegalArgumentException(
                    "heap: " + heapMebibytes + " MiB (expected: " + LEAST_HEAP + " or more)");
        }
    }

    /** Options of the virtual machine, all but the class path. */
    public List<String> virtualMachine() {
        return List.of(
                "-Xmx" + heapMebibytes + "m",
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
                "-XX:-UsePerfData",
                "-Dlog4j2.disable.jmx=true",
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow");
    }

    public List<String> arguments() {
        return List.of(home.root().toString(), data.toString(), String.valueOf(port), nodeName);
    }

    /**
     * The whole command.
     *
     * @param java the virtual machine's executable
     * @param own the jar or folder with {@link #MAIN_CLASS}
     */
    public List<String> line(Path java, Path own) throws IOException {
        var classPath = new StringBuilder(own.toString());
        for (Path library : home.libraries()) {
            classPath.append(File.pathSeparatorChar).append(library);
        }
        List<String> line = new ArrayList<>();
        line.add(java.toString());
        line.addAll(virtualMachine());
        line.addAll(List.of("-cp", classPath.toString(), MAIN_CLASS));
        line.addAll(arguments());
        return line;
    }
}
