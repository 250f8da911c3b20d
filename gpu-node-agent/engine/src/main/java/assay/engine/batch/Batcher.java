package assay.engine.batch;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.stage.MicroBatch;
import assay.engine.stage.SampledToken;
import assay.engine.stage.Slice;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Decides what the next micro-batch holds.
 *
 * <p>Goals: no stage idles while there is work, sequences get their turn in order of arrival, a
 * long prompt does not hold up the others. Hard constraints: at most maxInFlight steps,
 * maxStepTokens tokens each; a sequence runs only when the KV for all it may grow to is reserved; a
 * sampled token is fed back before the sequence runs on, so each has at most one decode in flight.
 * Algorithm: admit from the queue while KV and slots allow; give each step at most ceil(running /
 * maxInFlight) sequences, so that the steps in flight are about equal; decodes first, then the
 * oldest prompts, each cut so that the prompts' tokens spread over the steps in flight. Queue full:
 * refused at {@link #submit}.
 *
 * <p>Confined to the batch loop.
 */
public final class Batcher {
    private final BatchConfig config;
    private final LongSupplier nanoTicker;
    private final Deque<Sequence> queue = new ArrayDeque<>();
    private final Map<Long, Sequence> running = new HashMap<>();
    private final Deque<Sequence> decoding = new ArrayDeque<>();
    private final Deque<Sequence> prefilling = new ArrayDeque<>();
    private final Set<Long> inFlight = new HashSet<>();
    private final Set<Long> released = new LinkedHashSet<>();
    private int reservedBlocks;
    private long nextStepId = 1;

    /**
     * @param nanoTicker monotonic nanoseconds, for {@link #oldestWait} alone
     */
    public Batcher(BatchConfig config, LongSupplier nanoTicker) {
        this.config = config;
        this.nanoTicker = nanoTicker;
    }

    /**
     * Lets a sequence wait for its turn.
     *
     * @throws EngineException PROMPT_TOO_LONG or SEQUENCE_TOO_LARGE when it could never run,
     *     REQUEST_INVALID when the id is taken
     */
    public Admission submit(SequenceRequest request) {
        int prompt = request.promptIds().length;
        if (prompt >= config.contextTokens()) {
            throw new EngineException(
                    ErrorCode.PROMPT_TOO_LONG,
                    "prompt: %d tokens (expected: at most %d)"
                            .formatted(prompt, config.contextTokens() - 1));
        }
        Sequence sequence = new Sequence(request, config.contextTokens(), nanoTicker.getAsLong());
        if (sequence.kvBlocks() > config.kvBlocks()) {
            throw new EngineException(
                    ErrorCode.SEQUENCE_TOO_LARGE,
                    "prompt and max_tokens: %d tokens (expected: at most %d)"
                            .formatted(
                                    Sequence.lengthLimit(request, config.contextTokens()),
                                    config.kvTokens()));
        }
        if (running.containsKey(sequence.id())
                || queue.stream().anyMatch(s -> s.id() == sequence.id())) {
            throw new EngineException(
                    ErrorCode.REQUEST_INVALID,
                    "sequence %d: runs already (expected: a new id)".formatted(sequence.id()));
        }
        if (queue.size() >= config.maxQueue()) {
            return new Admission.QueueFull(config.maxQueue());
        }
        queue.add(sequence);
        return new Admission.Accepted(queue.size());
    }

    /** The next step, unless the pipeline is full or nothing can run. */
    public Optional<PlannedStep> next() {
        if (inFlight.size() >= config.maxInFlight()) {
            return Optional.empty();
        }
        admit();
        List<Slice> slices = new ArrayList<>();
        int[] ids = new int[config.maxStepTokens()];
        int tokens = plan(slices, ids);
        if (slices.isEmpty()) {
            return Optional.empty();
        }
        MicroBatch batch = new MicroBatch(nextStepId++, slices);
        inFlight.add(batch.stepId());
        return Optional.of(new PlannedStep(batch, java.util.Arrays.copyOf(ids, tokens)));
    }

    private void admit() {
        while (!queue.isEmpty() && running.size() < config.maxSequences()) {
            Sequence first = queue.element();
            if (reservedBlocks + first.kvBlocks() > config.kvBlocks()) {
                return;
            }
            queue.remove();
            reservedBlocks += first.kvBlocks();
            running.put(first.id(), first);
            prefilling.add(first);
        }
    }

    private int plan(List<Slice> slices, int[] ids) {
        int slots = Math.ceilDiv(running.size(), config.maxInFlight());
        int tokens = 0;
        while (!decoding.isEmpty() && slices.size() < slots) {
            tokens += slice(decoding.remove(), 1, slices, ids, tokens);
        }
        int chunk = chunkTokens(ids.length - tokens);
        List<Sequence> unfinished = new ArrayList<>();
        while (!prefilling.isEmpty() && slices.size() < slots && chunk > 0) {
            Sequence sequence = prefilling.remove();
            int count = slice(sequence, chunk, slices, ids, tokens);
            tokens += count;
            chunk -= count;
            if (sequence.pending() > 0) {
                unfinished.add(sequence);
            }
        }
        unfinished.reversed().forEach(prefilling::addFirst);
        return tokens;
    }

    /** Tokens of prompt for this step: a fair part for each step in flight, within what is left. */
    private int chunkTokens(int room) {
        long pending = prefilling.stream().mapToLong(Sequence::pending).sum();
        long part = Math.ceilDiv(pending, (long) config.maxInFlight());
        return (int) Math.min(room, Math.max(config.minChunkTokens(), part));
    }

    private static int slice(
            Sequence sequence, int most, List<Slice> slices, int[] ids, int offset) {
        int count = Math.min(most, sequence.pending());
        int position = sequence.position();
        sequence.schedule(count, ids, offset);
        boolean sample = sequence.pending() == 0;
        slices.add(
                new Slice(
                        sequence.id(),
                        position,
                        count,
                        sample,
                        sample ? sequence.request().sampling() : null));
        return count;
    }

    /**
     * Takes a step's outcome. Tokens of sequences that were cancelled meanwhile are passed over,
     * and so is a step that was dropped by {@link #restart}.
     *
     * @return in the order of the tokens
     */
    public List<SequenceEvent> complete(long stepId, List<SampledToken> tokens) {
        if (!inFlight.remove(stepId)) {
            return List.of();
        }
        List<SequenceEvent> events = new ArrayList<>();
        for (SampledToken token : tokens) {
            Sequence sequence = running.get(token.sequenceId());
            if (sequence != null) {
                accept(sequence, token, events);
            }
        }
        return events;
    }

    private void accept(Sequence sequence, SampledToken token, List<SequenceEvent> events) {
        sequence.append(token.id());
        events.add(new SequenceEvent.Token(sequence.id(), token.id(), token.logProb()));
        boolean stop = sequence.request().eosIds().contains(token.id());
        if (stop || sequence.full()) {
            free(sequence);
            events.add(
                    new SequenceEvent.Finished(
                            sequence.id(), stop ? FinishReason.STOP : FinishReason.LENGTH));
        } else {
            decoding.add(sequence);
        }
    }

    /**
     * Ends a sequence at once, without an event; unknown ids are passed over. A step of it that is
     * in the pipeline runs to its end, its token is dropped.
     */
    public void cancel(long sequenceId) {
        queue.removeIf(waiting -> waiting.id() == sequenceId);
        Sequence sequence = running.get(sequenceId);
        if (sequence != null) {
            decoding.remove(sequence);
            prefilling.remove(sequence);
            free(sequence);
        }
    }

    private void free(Sequence sequence) {
        running.remove(sequence.id());
        reservedBlocks -= sequence.kvBlocks();
        released.add(sequence.id());
    }

    /**
     * The sequences whose KV the stages must free. Every stage must see the release after the steps
     * planned before it and before those planned from now on.
     */
    public List<Long> drainReleases() {
        List<Long> ids = List.copyOf(released);
        released.clear();
        return ids;
    }

    /**
     * The stages have lost their KV: drops the steps in flight, and lets every running sequence run
     * again from its prompt and the tokens it has. Their coming tokens are what they would have
     * been.
     */
    public void restart() {
        inFlight.clear();
        released.clear();
        decoding.clear();
        prefilling.clear();
        running.values().stream()
                .sorted(java.util.Comparator.comparingLong(Sequence::submittedNanos))
                .forEach(sequence -> {
                    sequence.restart();
                    prefilling.add(sequence);
                });
    }

    public int queuedSequences() {
        return queue.size();
    }

    public int runningSequences() {
        return running.size();
    }

    public int stepsInFlight() {
        return inFlight.size();
    }

    /** KV positions set aside for running sequences, in whole blocks. */
    public int reservedKvTokens() {
        return reservedBlocks * assay.engine.kernel.KvBlocks.BLOCK_TOKENS;
    }

    /** How long the sequence at the head of the queue has waited; zero when none does. */
    public Duration oldestWait() {
        Sequence first = queue.peek();
        return first == null
                ? Duration.ZERO
                : Duration.ofNanos(nanoTicker.getAsLong() - first.submittedNanos());
    }

    /** Nothing waits, runs or is in the pipeline. */
    public boolean idle() {
        return queue.isEmpty() && running.isEmpty() && inFlight.isEmpty();
    }
}
