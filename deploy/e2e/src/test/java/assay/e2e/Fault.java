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
        /** Its connections to the other agents and the gateway end. */
        CUT
    }

    enum Place {
        FIRST,
        MIDDLE,
        LAST,
        SCHEDULER
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
        if (place == Place.SCHEDULER) {
            return stack.process("scheduler");
        }
        List<Long> chain = chain(stack);
        return switch (place) {
            case FIRST -> chain.getFirst();
            case MIDDLE -> chain.get(chain.size() / 2);
            case LAST, SCHEDULER -> chain.getLast();
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
                others.remove(victim);
                Wires.cut(victim, others);
            }
        }
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
