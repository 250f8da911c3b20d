package assay.agent.head;

import assay.engine.batch.SequenceRequest;

/** One request on the head. Confined to the head loop, but for its id. */
public final class Generation {
    private final SequenceRequest request;
    private final TokenSink sink;
    private final boolean probe;
    private final long arrivalNanos;
    private long firstStepNanos;
    private long firstTokenNanos;
    private long lastTokenNanos;
    private int generated;

    Generation(SequenceRequest request, TokenSink sink, boolean probe, long arrivalNanos) {
        this.request = request;
        this.sink = sink;
        this.probe = probe;
        this.arrivalNanos = arrivalNanos;
    }

    SequenceRequest request() {
        return request;
    }

    TokenSink sink() {
        return sink;
    }

    /** Not a user's request: counted nowhere. */
    boolean probe() {
        return probe;
    }

    long id() {
        return request.sequenceId();
    }

    int generated() {
        return generated;
    }

    long arrivalNanos() {
        return arrivalNanos;
    }

    /** Whether it would have begun, had there been room; what gives way waits by its own will. */
    boolean awaitsItsTurn() {
        return firstStepNanos == 0 && !probe && !request.givesWay();
    }

    void stepped(long now) {
        if (firstStepNanos == 0) {
            firstStepNanos = now;
        }
    }

    /** Notes a token; nanoseconds since the one before, or since arrival for the first. */
    long tokenAt(long now) {
        long since = now - (generated == 0 ? arrivalNanos : lastTokenNanos);
        if (generated++ == 0) {
            firstTokenNanos = now;
        }
        lastTokenNanos = now;
        return since;
    }

    long ageNanos(long now) {
        return now - arrivalNanos;
    }

    TokenSink.Timing timing() {
        return new TokenSink.Timing(firstStepNanos - arrivalNanos, firstTokenNanos - arrivalNanos);
    }
}
