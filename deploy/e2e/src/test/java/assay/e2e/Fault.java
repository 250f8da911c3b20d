package assay.e2e;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Something that befalls a process while a text is being written. */
record Fault(Kind kind, Place place, Phase phase) {
    enum Kind {
        /** The process is gone at once; the launcher starts it again. */
        KILL,
        /** It keeps its connections and does nothing; nobody starts it again. */
        STOP,
        /** Its connections to the other programs end. */
        CUT
    }

    enum Place {
        FIRST,
        MIDDLE,
        LAST,
        SCHEDULER,
        GATEWAY
    }

    enum Phase {
        PREFILL,
        DECODE
    }

    @Override
    public String toString() {
        return "%s %s in %s".formatted(kind, place, phase).toLowerCase(Locale.ROOT);
    }

    /** Whose fate it is now. */
    long victim(RunningStack stack) {
        return switch (place) {
            case FIRST -> chain(stack).getFirst();
            case MIDDLE -> chain(stack).get(chain(stack).size() / 2);
            case LAST -> chain(stack).getLast();
            case SCHEDULER -> stack.process("scheduler");
            case GATEWAY -> stack.process("web");
        };
    }

    static List<Long> chain(RunningStack stack) {
        return Wires.chain(stack.process("web"), new HashSet<>(stack.agents()));
    }

    void strike(RunningStack stack, long victim) throws IOException, InterruptedException {
        switch (kind) {
            case KILL -> ProcessHandle.of(victim).orElseThrow().destroyForcibly();
            case STOP -> signal("STOP", victim);
            case CUT -> {
                Set<Long> others = new HashSet<>(stack.agents());
                others.add(stack.process("web"));
                others.add(stack.process("scheduler"));
                others.remove(victim);
                Wires.cut(victim, others);
            }
        }
    }

    /** Whether the clients' own connections break with it, so that they must ask again. */
    boolean breaksClients() {
        return kind == Kind.KILL && place == Place.GATEWAY;
    }

    /** Whether nothing can go on before {@link #heal}: clients are connected with no other. */
    boolean blocksClients() {
        return kind == Kind.STOP && place == Place.GATEWAY;
    }

    /** Ends what does not end by itself. */
    void heal(long victim) throws IOException, InterruptedException {
        if (kind == Kind.STOP) {
            signal("CONT", victim);
        }
    }

    private static void signal(String name, long process) throws IOException, InterruptedException {
        var kill = new ProcessBuilder("kill", "-" + name, Long.toString(process)).start();
        if (kill.waitFor() != 0) {
            throw new IllegalStateException("kill -" + name + " " + process);
        }
    }
}
