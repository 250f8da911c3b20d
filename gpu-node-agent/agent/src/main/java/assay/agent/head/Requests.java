package assay.agent.head;

import assay.agent.fault.AgentException;
import assay.agent.fault.FaultCode;
import assay.agent.metrics.StageMeters;
import assay.engine.EngineException;
import assay.engine.batch.Admission;
import assay.engine.batch.Batcher;
import assay.engine.batch.PlannedStep;
import assay.engine.batch.SequenceEvent;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Whose sequences the batcher runs, and what is told to whom. Confined to the head loop. */
final class Requests {
    private final Batcher batcher;
    private final StageMeters meters;
    private final Map<Long, Generation> generations = new HashMap<>();

    Requests(Batcher batcher, StageMeters meters) {
        this.batcher = batcher;
        this.meters = meters;
    }

    boolean isEmpty() {
        return generations.isEmpty();
    }

    void submit(Generation generation) {
        try {
            switch (batcher.submit(generation.request())) {
                case Admission.Accepted accepted -> {
                    generations.put(generation.id(), generation);
                    generation.sink().accepted();
                }
                case Admission.QueueFull(int limit) ->
                        generation
                                .sink()
                                .failed(
                                        new AgentException(
                                                FaultCode.QUEUE_FULL,
                                                "waiting requests: " + limit + " (the most)"));
            }
        } catch (EngineException e) {
            generation.sink().failed(EngineFaults.of(e));
        }
    }

    void cancel(Generation generation) {
        if (generations.remove(generation.id()) != null) {
            batcher.cancel(generation.id());
        }
    }

    /** A step begins now. */
    void stepped(PlannedStep step, long now) {
        step.batch()
                .slices()
                .forEach(slice -> {
                    Generation generation = generations.get(slice.sequenceId());
                    if (generation != null) {
                        generation.stepped(now);
                    }
                });
    }

    /** Tells everyone what came of a step. */
    void tell(List<SequenceEvent> events, long now) {
        for (SequenceEvent event : events) {
            Generation generation = generations.get(event.sequenceId());
            if (generation != null) {
                switch (event) {
                    case SequenceEvent.Token token -> token(generation, token, now);
                    case SequenceEvent.Rated(var rating) -> generation.sink().rated(rating);
                    case SequenceEvent.Shown(var state) -> generation.sink().shown(state);
                    case SequenceEvent.Refused(var refusal) -> {
                        generations.remove(generation.id());
                        generation.sink().failed(EngineFaults.of(refusal));
                    }
                    case SequenceEvent.Finished finished -> finish(generation, finished, now);
                }
            }
        }
    }

    private void token(Generation generation, SequenceEvent.Token token, long now) {
        boolean first = generation.generated() == 0;
        long nanos = generation.tokenAt(now);
        if (!generation.probe()) {
            int prompt = first ? generation.request().promptIds().length : 0;
            meters.tokens(prompt, 1);
            if (first) {
                meters.firstToken(nanos, generation.timing().queueNanos());
            } else {
                meters.nextToken(nanos);
            }
        }
        if (!generation.sink().token(token, generation.timing())) {
            cancel(generation);
        }
    }

    private void finish(Generation generation, SequenceEvent.Finished finished, long now) {
        generations.remove(generation.id());
        if (!generation.probe()) {
            meters.request(generation.ageNanos(now));
            if (generation.generated() == 0) {
                meters.tokens(generation.request().promptIds().length, 0);
            }
        }
        generation.sink().finished(finished.reason());
    }

    /** When the one came that has waited longest for its first step; 0 when none waits. */
    long waitingSinceNanos() {
        long since = 0;
        for (Generation generation : generations.values()) {
            if (generation.awaitsItsTurn()
                    && (since == 0 || generation.arrivalNanos() - since < 0)) {
                since = generation.arrivalNanos();
            }
        }
        return since;
    }

    /** Nobody's request goes on. */
    void failAll(AgentException fault) {
        List.copyOf(generations.values()).forEach(generation -> fail(generation, fault));
    }

    /**
     * Gives up those that have waited too long for a chain that does not stand.
     *
     * @return nanoseconds until the next one will have
     */
    long expire(Outage outage, long now) {
        long next = Long.MAX_VALUE;
        for (Generation generation : List.copyOf(generations.values())) {
            long patience = outage.patienceNanos(generation, now);
            if (patience <= 0) {
                long millis = outage.lastedNanos(now) / 1_000_000;
                fail(
                        generation,
                        new AgentException(
                                FaultCode.STAGE_LOST,
                                "a stage has not been reachable for " + millis + " ms"));
            } else {
                next = Math.min(next, patience);
            }
        }
        return next;
    }

    private void fail(Generation generation, AgentException fault) {
        cancel(generation);
        generation.sink().failed(fault);
    }
}
