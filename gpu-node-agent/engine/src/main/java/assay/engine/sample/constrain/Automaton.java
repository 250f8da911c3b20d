package assay.engine.sample.constrain;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Runs a {@link Network} over bytes. A state is the set of all pairs of place and stack that the
 * bytes so far may have led to; equal sets are one state and each of its edges is computed once, so
 * that a text costs one array access a byte when it is on known ground. A network without calls
 * makes this the lazily built DFA of the subset construction; stacks are persistent and shared.
 *
 * <p>Hard constraints: a state's pairs, the depth of stacks, and the kept states are bounded. Calls
 * beyond the depth are not entered: the text must close what it opened. When the kept states or
 * their masks reach their bound, they are forgotten and computed anew; states in use stay valid.
 *
 * <p>Thread-safe: edges are published by races that are benign, since a state's fields are final;
 * new states are made under the lock.
 */
final class Automaton {
    private static final int BYTES = 256;

    /** Of a state's edges and headers, and of each of its pairs in all arrays, about. */
    private static final int STATE_BYTES = 1_200;

    private static final int PAIR_BYTES = 24;
    private static final int FRAME_BYTES = 80;
    private static final State DEAD = new State(new int[0], new @Nullable Frame[0], false, 0);

    private final Network network;
    private Map<Key, State> states = new HashMap<>();
    private Map<Frame, Frame> frames = new HashMap<>();
    private long framesMade;
    private long cacheBytes;
    private long workLeft;

    /** Also read outside the lock, where an old value only costs time. */
    private int generation;

    private volatile @Nullable State start;

    Automaton(Network network) {
        this.network = network;
    }

    /** Where to return, and where from there. Compared by what it says and its parent's number. */
    private static final class Frame {
        final int next;
        final @Nullable Frame parent;
        final int depth;
        final long number;

        Frame(int next, @Nullable Frame parent, long number) {
            this.next = next;
            this.parent = parent;
            this.depth = parent == null ? 1 : parent.depth + 1;
            this.number = number;
        }

        @Override
        public boolean equals(@Nullable Object o) {
            return o instanceof Frame f && f.next == next && f.parent == parent;
        }

        @Override
        public int hashCode() {
            return 31 * next + (parent == null ? 0 : Long.hashCode(parent.number));
        }
    }

    /** The pairs of a state in order, as numbers. */
    @SuppressWarnings("ArrayRecordComponent") // equals and hashCode are its own
    private record Key(long[] pairs, boolean accepting) {
        @Override
        public boolean equals(@Nullable Object o) {
            return o instanceof Key k && k.accepting == accepting && Arrays.equals(k.pairs, pairs);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(pairs);
        }
    }

    /** One state. Immutable but for what is cached in it. */
    static final class State {
        private final int[] places;
        private final @Nullable Frame[] stacks;
        private final boolean accepting;
        private final int generation;
        private final @Nullable State[] next;
        private @Nullable TokenMask mask;

        private State(int[] places, @Nullable Frame[] stacks, boolean accepting, int generation) {
            this.places = places;
            this.stacks = stacks;
            this.accepting = accepting;
            this.generation = generation;
            this.next = new @Nullable State[closed() ? 0 : BYTES];
        }

        /** Its mask is known, so that nothing is to be done for it. */
        boolean hasMask() {
            return mask != null;
        }

        /** The bytes so far are a whole text. */
        boolean accepting() {
            return accepting;
        }

        /** No text goes on from here: only an end may follow, if it is a whole one. */
        boolean closed() {
            return places.length == 0;
        }

        /** No text begins with the bytes so far. */
        boolean dead() {
            return closed() && !accepting;
        }
    }

    State start() {
        State known = start;
        return known != null ? known : firstState();
    }

    private synchronized State firstState() {
        workLeft = Limits.WORK;
        Closure closure = new Closure();
        closure.enter(network.start(), null);
        State made = closure.state();
        start = made;
        return made;
    }

    /**
     * The state after some bytes.
     *
     * @throws assay.engine.EngineException REQUEST_INVALID when it would cost too much
     */
    State advance(State from, byte[] bytes) {
        State at = from.generation == generation ? from : renewed(from);
        for (byte b : bytes) {
            if (at.closed()) {
                return DEAD;
            }
            State known = at.next[b & 0xFF];
            at = known != null ? known : advanceAnew(at, b & 0xFF);
        }
        return at;
    }

    /** The same state among those that are kept now, whose edges are kept too. */
    private synchronized State renewed(State stale) {
        return interned(stale.places, stale.stacks, stale.accepting);
    }

    private synchronized State advanceAnew(State from, int value) {
        workLeft = Limits.WORK;
        return compute(from, value);
    }

    /**
     * The ids that may come in a state; those that end a text where it is a whole one.
     *
     * @throws assay.engine.EngineException REQUEST_INVALID when it would cost too much
     */
    TokenMask mask(State state, Vocabulary vocabulary) {
        TokenMask known = state.mask;
        return known != null ? known : maskAnew(state, vocabulary);
    }

    private synchronized TokenMask maskAnew(State state, Vocabulary vocabulary) {
        if (state.mask != null) {
            return state.mask; // made while this thread waited for the lock
        }
        workLeft = Limits.WORK;
        TokenMask.Builder builder = new TokenMask.Builder(vocabulary.size());
        vocabulary.trie().collect(this, state, builder);
        if (state.accepting) {
            vocabulary.endIds().forEach(builder::add);
        }
        TokenMask mask = builder.build();
        state.mask = mask;
        spend(mask.size() / Byte.SIZE);
        return mask;
    }

    /** The state after one byte. Called by the walk of a mask, under the lock. */
    State step(State from, int value) {
        State known = from.closed() ? DEAD : from.next[value];
        return known != null ? known : compute(from, value);
    }

    /** Under the lock. */
    private State compute(State from, int value) {
        Closure closure = new Closure();
        workLeft -= from.places.length;
        for (int i = 0; i < from.places.length; i++) {
            if (network.place(from.places[i]) instanceof Network.Reads(int[] edges)) {
                for (int e = 0; e < edges.length; e += 3) {
                    if (edges[e] <= value && value <= edges[e + 1]) {
                        closure.enter(edges[e + 2], from.stacks[i]);
                    }
                }
            }
        }
        State made = closure.state();
        if (from.generation == generation) {
            // Else a state that is long in use would keep alive what is forgotten after it.
            from.next[value] = made;
        }
        return made;
    }

    private void spend(long bytes) {
        cacheBytes += bytes;
        if (cacheBytes > Limits.CACHE_BYTES) {
            forget();
        }
    }

    /** Numbers of frames go on, so that old and new frames stay distinct. */
    private void forget() {
        states = new HashMap<>();
        frames = new HashMap<>();
        cacheBytes = 0;
        generation++;
        start = null;
    }

    /** States that are kept. */
    synchronized int stateCount() {
        return states.size();
    }

    private @Nullable Frame push(int next, @Nullable Frame parent) {
        Frame made = new Frame(next, parent, framesMade + 1);
        Frame known = frames.putIfAbsent(made, made);
        if (known != null) {
            return known;
        }
        framesMade++;
        cacheBytes += FRAME_BYTES;
        return made;
    }

    private record Pair(int place, @Nullable Frame stack) {
        /** Places are below 2^18. */
        long number() {
            return (stack == null ? 0 : stack.number) << 18 | place;
        }
    }

    /** Follows all that needs no byte, from some places. */
    private final class Closure {
        private final Set<Long> seen = new HashSet<>();
        private final List<Pair> reading = new ArrayList<>();
        private final ArrayList<Pair> open = new ArrayList<>();
        private boolean accepting;

        void enter(int place, @Nullable Frame stack) {
            visit(place, stack);
            while (!open.isEmpty()) {
                Pair at = open.removeLast();
                switch (network.place(at.place)) {
                    case Network.Reads _ -> reading.add(at);
                    case Network.Splits(int[] targets) -> {
                        for (int target : targets) {
                            visit(target, at.stack);
                        }
                    }
                    case Network.Calls call -> call(call, at.stack);
                    case Network.Ends _ -> {
                        if (at.stack == null) {
                            accepting = true;
                        } else {
                            visit(at.stack.next, at.stack.parent);
                        }
                    }
                }
            }
        }

        /** A call whose rule ends where it returns to needs no frame. */
        private void call(Network.Calls call, @Nullable Frame stack) {
            if (network.place(call.next()) instanceof Network.Ends) {
                visit(call.entry(), stack);
            } else if (stack == null || stack.depth < Limits.DEPTH) {
                visit(call.entry(), push(call.next(), stack));
            }
        }

        private void visit(int place, @Nullable Frame stack) {
            Pair pair = new Pair(place, stack);
            if (seen.add(pair.number())) {
                if (--workLeft < 0) {
                    throw Limits.invalid(
                            "constraint: above %d steps for one token (expected: fewer)"
                                    .formatted(Limits.WORK));
                }
                if (seen.size() > Limits.CONFIGURATIONS) {
                    throw Limits.exceeded(
                            "constraint: readings of the output so far",
                            seen.size(),
                            Limits.CONFIGURATIONS);
                }
                open.add(pair);
            }
        }

        State state() {
            if (reading.isEmpty() && !accepting) {
                return DEAD;
            }
            Pair[] pairs = reading.toArray(new Pair[0]);
            Arrays.sort(pairs, (a, b) -> Long.compare(a.number(), b.number()));
            int[] places = new int[pairs.length];
            @Nullable Frame[] stacks = new @Nullable Frame[pairs.length];
            for (int i = 0; i < pairs.length; i++) {
                places[i] = pairs[i].place();
                stacks[i] = pairs[i].stack();
            }
            return interned(places, stacks, accepting);
        }
    }

    private State interned(int[] places, @Nullable Frame[] stacks, boolean accepting) {
        long[] numbers = new long[places.length];
        for (int i = 0; i < places.length; i++) {
            numbers[i] = new Pair(places[i], stacks[i]).number();
        }
        Key key = new Key(numbers, accepting);
        State known = states.get(key);
        if (known != null) {
            return known;
        }
        State made = new State(places, stacks, accepting, generation);
        states.put(key, made);
        spend(STATE_BYTES + (long) PAIR_BYTES * places.length);
        return made;
    }
}
