package assay.engine.batch;

import java.util.Optional;
import java.util.stream.Stream;

/**
 * Whose turn it is, over both classes of requests: what gives way is fair among itself, and comes
 * after everything else. Confined to the batch loop.
 */
final class Turns {
    private final Tenants interactive = new Tenants();
    private final Tenants givingWay = new Tenants();

    /** Sequences of the same class that wait. */
    int waiting(Sequence like) {
        return of(like).waiting();
    }

    Stream<Sequence> all() {
        return Stream.concat(interactive.all(), givingWay.all());
    }

    void add(Sequence sequence) {
        of(sequence).add(sequence);
    }

    void putBack(Sequence sequence) {
        of(sequence).putBack(sequence);
    }

    void remove(Sequence sequence) {
        of(sequence).remove(sequence);
    }

    /** The sequence to admit next; none that gives way while any other waits. */
    Optional<Sequence> first() {
        return interactive.waiting() > 0 ? interactive.first() : givingWay.first();
    }

    void start(Sequence sequence) {
        of(sequence).start(sequence);
    }

    void end(Sequence sequence) {
        of(sequence).end(sequence);
    }

    void charge(Sequence sequence, double tokens) {
        of(sequence).charge(sequence, tokens);
    }

    double served(Sequence sequence) {
        return of(sequence).served(sequence);
    }

    private Tenants of(Sequence sequence) {
        return sequence.givesWay() ? givingWay : interactive;
    }
}
