package assay.standalone;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/** Which TCP ports of loopback are free, and who holds the others. Stateless. */
final class Ports {
    /**
     * Ports that the kernel does not hand to outgoing connections ({@code ip_local_port_range}
     * starts at 32768): one found free here stays free until its server, seconds later, listens.
     */
    private static final int LOWEST = 20_000;

    private static final int COUNT = 12_000;

    /** Every process starts elsewhere and walks on, so no two answers are the same port. */
    private static final AtomicInteger NEXT =
            new AtomicInteger(ThreadLocalRandom.current().nextInt(COUNT));

    private Ports() {}

    /**
     * Finds out whether the port can be listened on.
     *
     * @param option the option that chooses another one, for the message
     * @return the port; a free one where 0 was asked for
     * @throws StandaloneException with {@code PORT_IN_USE}, naming port, holder if known, and
     *     option
     */
    static int claim(int port, String option) {
        if (port == 0) {
            return free();
        }
        try (var socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return socket.getLocalPort();
        } catch (BindException e) {
            String message = String.valueOf(e.getMessage());
            if (message.contains("ermission")) {
                throw new StandaloneException(
                        ErrorCode.PORT_IN_USE,
                        "port "
                                + port
                                + " may not be opened by this user; choose one above 1023 with "
                                + option,
                        e);
            }
            String holder = holder(port).map(who -> " by " + who).orElse("");
            throw new StandaloneException(
                    ErrorCode.PORT_IN_USE,
                    "port " + port + " is in use" + holder + "; choose another with " + option,
                    e);
        } catch (IOException e) {
            throw new StandaloneException(
                    ErrorCode.MACHINE, "no port of loopback can be opened: " + e.getMessage(), e);
        }
    }

    /** A port nobody listens on now, and which no outgoing connection takes before it is used. */
    static int free() {
        for (int tried = 0; tried < COUNT; tried++) {
            int port = LOWEST + Math.floorMod(NEXT.getAndIncrement(), COUNT);
            try (var socket = new ServerSocket()) {
                socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                return port;
            } catch (IOException _) {
                // taken: the next one
            }
        }
        throw new StandaloneException(
                ErrorCode.MACHINE,
                "no port of loopback from "
                        + LOWEST
                        + " to "
                        + (LOWEST + COUNT - 1)
                        + " can be opened");
    }

    /**
     * The process that listens on a port: {@code java (process 12)}.
     *
     * @return empty where the system does not say, as for other users' processes
     */
    static Optional<String> holder(int port) {
        try {
            for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
                for (String line : Files.readAllLines(Path.of(table))) {
                    String[] fields = line.strip().split("\\s+");
                    if (fields.length > 9 && listensOn(fields, port)) {
                        return processOf("socket:[" + fields[9] + "]");
                    }
                }
            }
        } catch (IOException | RuntimeException _) {
            // not a Linux, or hidden from us: the port's number must do
        }
        return Optional.empty();
    }

    /** The kernel's columns: 1 is the local address as HEX:PORT, 3 the state, where 0A listens. */
    private static boolean listensOn(String[] fields, int port) {
        int colon = fields[1].lastIndexOf(':');
        return fields[3].equals("0A")
                && colon > 0
                && Integer.parseInt(fields[1].substring(colon + 1), 16) == port;
    }

    private static Optional<String> processOf(String socket) throws IOException {
        try (DirectoryStream<Path> processes =
                Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                if (holds(process.resolve("fd"), socket)) {
                    String name = Files.readString(process.resolve("comm")).strip();
                    return Optional.of(name + " (process " + process.getFileName() + ")");
                }
            }
        }
        return Optional.empty();
    }

    private static boolean holds(Path descriptors, String socket) {
        try (DirectoryStream<Path> links = Files.newDirectoryStream(descriptors)) {
            for (Path link : links) {
                if (Files.readSymbolicLink(link).toString().equals(socket)) {
                    return true;
                }
            }
        } catch (IOException _) {
            // it ended while we looked, or belongs to somebody else
        }
        return false;
    }
}
