package assay.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Who is connected with whom, as the kernel tells it ({@code ss}), and the scissors: {@code ss -K}
 * ends a connection that both processes believe to be alive.
 */
final class Wires {
    private static final Pattern LINE =
            Pattern.compile(
                    "^\\S+\\s+\\S+\\s+(\\S+)\\s+(\\S+)\\s+users:\\(\\(\"[^\"]*\",pid=(\\d+)");

    private Wires() {}

    /** An end of a connection of a process; addresses as the kernel writes them. */
    private record End(long pid, String local, String peer) {}

    /**
     * The agents in the order of the stages they hold: whom the gateway calls is the head, and each
     * stage dials the next one. Agents without a stage are left out; one that holds several stands
     * for all of them.
     *
     * @throws IllegalStateException when the gateway calls none just now
     */
    static List<Long> chain(long gateway, Set<Long> agents) {
        Map<Integer, Long> listening = new HashMap<>();
        for (End end : ends("-tlnpH")) {
            if (agents.contains(end.pid())) {
                listening.put(port(end.local()), end.pid());
            }
        }
        Map<Long, Set<Long>> dials = new HashMap<>();
        for (End end : ends("-tnpH", "state", "established")) {
            Long target = listening.get(port(end.peer()));
            if (target != null && target != end.pid()) {
                dials.computeIfAbsent(end.pid(), _ -> new HashSet<>()).add(target);
            }
        }
        return dials.getOrDefault(gateway, Set.of()).stream()
                .map(head -> follow(head, dials))
                .max(Comparator.comparingInt(List::size))
                .orElseThrow(() -> new IllegalStateException("no head: " + dials));
    }

    /** The last stage dials the head. */
    private static List<Long> follow(long head, Map<Long, Set<Long>> dials) {
        List<Long> chain = new ArrayList<>();
        long at = head;
        while (true) {
            chain.add(at);
            var next =
                    dials.getOrDefault(at, Set.of()).stream()
                            .filter(pid -> !chain.contains(pid))
                            .findFirst();
            if (next.isEmpty()) {
                return chain;
            }
            at = next.get();
        }
    }

    /** Cuts every connection between the process and one of the others. How many there were. */
    static int cut(long process, Set<Long> others) {
        Map<String, Long> owners = new HashMap<>();
        List<End> ends = ends("-tnpH", "state", "established");
        for (End end : ends) {
            owners.put(end.local() + " " + end.peer(), end.pid());
        }
        int cut = 0;
        for (End end : ends) {
            Long other = owners.get(end.peer() + " " + end.local());
            if (end.pid() == process && other != null && others.contains(other)) {
                run("-K", "-t", "src", end.local(), "dst", end.peer());
                cut++;
            }
        }
        return cut;
    }

    /** Whether this machine lets us cut: it needs the right to, and a kernel that can. */
    static boolean canCut() {
        long self = ProcessHandle.current().pid();
        try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                var client = new Socket(server.getInetAddress(), server.getLocalPort());
                var accepted = server.accept()) {
            accepted.setSoTimeout(2_000);
            for (End end : ends("-tnpH", "state", "established")) {
                if (end.pid() == self && port(end.local()) == client.getLocalPort()) {
                    run("-K", "-t", "src", end.local(), "dst", end.peer());
                }
            }
            var _ = accepted.getInputStream().read();
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (SocketException e) {
            return true;
        } catch (IOException | UncheckedIOException | IllegalStateException e) {
            return false;
        }
    }

    private static List<End> ends(String... arguments) {
        List<End> ends = new ArrayList<>();
        for (String line : run(arguments).lines().toList()) {
            Matcher matcher = LINE.matcher(line.startsWith("LISTEN") ? line.substring(7) : line);
            if (matcher.find()) {
                ends.add(
                        new End(
                                Long.parseLong(matcher.group(3)),
                                matcher.group(1),
                                matcher.group(2)));
            }
        }
        return ends;
    }

    private static int port(String address) {
        String port = address.substring(address.lastIndexOf(':') + 1);
        return port.equals("*") ? 0 : Integer.parseInt(port);
    }

    private static String run(String... arguments) {
        List<String> command = new ArrayList<>(List.of("ss"));
        command.addAll(List.of(arguments));
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            String out =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException(command + ": " + out);
            }
            return out;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
