package assay.engine.batch;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.cache.KeptTable;
import assay.engine.kernel.KvBlocks;
import assay.engine.stage.Refusal;
import assay.engine.stage.SampledToken;
import assay.engine.stage.StageOutput;
import assay.engine.stage.TokenRating;
import assay.engine.stage.TokenState;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Decides what the next micro-batch holds, and which KV blocks its sequences hold on every stage.
 *
 * <p>Goals: no stage idles while there is work; tenants get equal shares; what was computed once is
 * not computed again; a long prompt does not hold up the others. Hard constraints: at most the
 * limit of steps in flight, maxStepTokens tokens each; a sequence has at most one token being
 * sampled; a block that some sequence may read is written by no other; no sequence is put back more
 * than {@value Sequence#PREEMPTIONS_MOST} times for others of its class, and so each comes to its
 * end.
 *
 * <p>Algorithm. Admission: the next sequence of the tenant that was served least ({@link Tenants}),
 * when there are blocks for its known tokens beside those that running prompts still lack and one
 * for each running sequence; full blocks that begin with the same tokens of the same tenant are
 * shared. A step: at most ceil(running / limit) sequences, decodes first until they cost their
 * share, then prompts, of the tenant that was served least first, cut so that steps in flight cost
 * about the same time ({@link StepCost}). Growth: block by block. When none is left, the sequence
 * that was admitted last of the tenant that holds most is put back; its tokens are kept and run
 * again as a prompt, and its coming tokens are what they would have been. What was put back too
 * often, and what generates nothing, is admitted with all the blocks it can need. Queue full:
 * refused at {@link #submit}.
 *
 * <p>Sequences that give way come after all others: they are admitted when no other waits, go into
 * a step after the others, and lose place and blocks to them, however often.
 *
 * <p>Confined to the batch loop.
 */
public final class Batcher {
    private final BatchConfig config;
    private final LongSupplier nanoTicker;
    private final Turns turns = new Turns();
    private final KvRoom kv;
    private final StepCost cost = new StepCost();
    private final Map<Long, Sequence> waiting = new HashMap<>();
    private final Map<Long, Sequence> running = new HashMap<>();
    private final Deque<Sequence> decoding = new ArrayDeque<>();
    private final List<Sequence> prefilling = new ArrayList<>();
    private final Refill refill = new Refill();
    private final Map<Long, Flight> inFlight = new HashMap<>();
    private final Set<Long> released = new LinkedHashSet<>();
    private int limitInFlight;
    private long nextStepId = 1;
    private long arrivals;
    private long admissions;
    private long preemptions;

    /**
     * @param nanoTicker monotonic nanoseconds, for {@link #oldestWait} alone
     */
    public Batcher(BatchConfig config, LongSupplier nanoTicker) {
        this.config = config;
        this.nanoTicker = nanoTicker;
        this.kv = new KvRoom(config.kvBlocks());
        this.limitInFlight = config.maxInFlight();
    }

    /**
     * Steps that may be in flight from now on, for a pipeline whose hops turn out slower or faster
     * against its stages than was thought. At least 1; those that are under way stay so.
     */
    public void limitInFlight(int steps) {
        limitInFlight = Math.max(1, steps);
    }

    /**
     * Lets a sequence wait for its turn.
     *
     * @throws EngineException PROMPT_TOO_LONG or SEQUENCE_TOO_LARGE when it could never run,
     *     REQUEST_INVALID when the id is taken
     */
    public Admission submit(SequenceRequest request) {
        var sequence =
                new Sequence(request, config.contextTokens(), nanoTicker.getAsLong(), arrivals);
        requireFits(sequence);
        if (running.containsKey(sequence.id()) || waiting.containsKey(sequence.id())) {
            throw new EngineException(
                    ErrorCode.REQUEST_INVALID,
                    "sequence %d: runs already (expected: a new id)".formatted(sequence.id()));
        }
        if (turns.waiting(sequence) >= config.maxQueue()) {
            return new Admission.QueueFull(config.maxQueue());
        }
        arrivals++;
        waiting.put(sequence.id(), sequence);
        turns.add(sequence);
        return new Admission.Accepted(turns.waiting(sequence));
    }

    private void requireFits(Sequence sequence) {
        int prompt = sequence.known();
        int most = config.contextTokens() - (sequence.generates() ? 1 : 0);
        if (prompt > most) {
            throw new EngineException(
                    ErrorCode.PROMPT_TOO_LONG,
                    "prompt: %d tokens (expected: at most %d)".formatted(prompt, most));
        }
        if (KvBlocks.blocksFor(sequence.limit()) > config.kvBlocks()) {
            throw new EngineException(
                    ErrorCode.SEQUENCE_TOO_LARGE,
                    "prompt and max_tokens: %d tokens (expected: at most %d)"
                            .formatted(sequence.limit(), config.kvTokens()));
        }
    }

    /** The next step, unless the pipeline is full or nothing can run. */
    public Optional<PlannedStep> next() {
        if (inFlight.size() >= limitInFlight) {
            return Optional.empty();
        }
        StepDraft draft = new StepDraft(config.maxStepTokens());
        prefilling.addAll(refill.plan(draft, cost));
        if (draft.slices() == 0) {
            admit();
            int slots = Math.ceilDiv(running.size(), limitInFlight);
            double share = share();
            planDecodes(draft, slots, share, false);
            planDecodes(draft, slots, share, true);
            planPrompts(draft, slots, share);
        }
        if (draft.slices() == 0) {
            return Optional.empty();
        }
        long stepId = nextStepId++;
        inFlight.put(stepId, draft.flight());
        return Optional.of(draft.planned(stepId, drainReleases()));
    }

    private void admit() {
        while (true) {
            Sequence first = turns.first().orElse(null);
            if (first == null || !findsPlace(first)) {
                return; // nobody overtakes it: it would never find room
            }
            turns.start(first);
            waiting.remove(first.id());
            first.admitted(admissions++);
            kv.enter(first);
            running.put(first.id(), first);
            prefilling.add(first);
        }
    }

    /** A place and blocks for a sequence, if need be those of sequences that give way. */
    private boolean findsPlace(Sequence sequence) {
        boolean full = running.size() >= config.maxSequences();
        int missing = missingBlocks(sequence);
        if (!full && missing <= 0) {
            return true;
        }
        List<Sequence> giving =
                running.values().stream()
                        .filter(s -> s.givesWay() && !sequence.givesWay())
                        .sorted(Comparator.comparingLong(Sequence::admission).reversed())
                        .toList();
        if (giving.isEmpty() || giving.stream().mapToInt(Sequence::blockCount).sum() < missing) {
            return false;
        }
        for (Sequence victim : giving) {
            putBack(victim);
            preemptions++;
            if (missingBlocks(sequence) <= 0) {
                return true;
            }
        }
        return false;
    }

    /** Blocks that are lacking to admit a sequence; 0 or less when it fits. */
    private int missingBlocks(Sequence sequence) {
        int spare = running.size() + prefilling.stream().mapToInt(KvRoom::outstanding).sum();
        return kv.needed(sequence) + spare - kv.availableBlocks();
    }

    /** What a step may cost, so that all that can run now is spread evenly over those in flight. */
    private double share() {
        double work = 0;
        for (Sequence sequence : running.values()) {
            int tokens = Math.max(1, sequence.pending());
            work += cost.of(sequence.position(), tokens);
        }
        return work / limitInFlight;
    }

    private void planDecodes(StepDraft draft, int slots, double share, boolean givingWay) {
        while (draft.slices() < slots && draft.room() > 0 && draft.cost() < share) {
            Sequence sequence =
                    decoding.stream()
                            .filter(s -> s.givesWay() == givingWay)
                            .findFirst()
                            .orElse(null);
            if (sequence == null) {
                return;
            }
            if (makeRoom(sequence, draft, s -> true)) {
                decoding.remove(sequence);
                draft.add(sequence, 1, cost.of(sequence.position(), 1));
                kv.filled(sequence);
            }
        }
    }

    private void planPrompts(StepDraft draft, int slots, double share) {
        List<Sequence> inOrder = new ArrayList<>(prefilling);
        inOrder.sort(
                Comparator.comparing(Sequence::givesWay)
                        .thenComparingDouble(turns::served)
                        .thenComparingLong(Sequence::admission));
        double least = cost.of(0, config.minChunkTokens());
        double most = cost.of(0, draft.room());
        double budget = Math.clamp(share - draft.cost(), Math.min(least, most), most);
        for (Sequence sequence : inOrder) {
            if (draft.slices() >= slots || draft.room() == 0 || budget <= 0) {
                return;
            }
            if (!prefilling.contains(sequence)) {
                continue; // was put back for one before it
            }
            kv.share(sequence);
            if (follows(sequence)) {
                continue; // what it needs is under way: it will be shared
            }
            int count = chunk(sequence, draft, budget);
            if (count > 0) {
                double added = cost.of(sequence.position(), count);
                budget -= added;
                turns.charge(sequence, draft.add(sequence, count, added));
                kv.filled(sequence);
                if (sequence.pending() == 0) {
                    prefilling.remove(sequence);
                }
            }
        }
    }

    private boolean follows(Sequence sequence) {
        return prefilling.stream()
                .anyMatch(s -> s.admission() < sequence.admission() && kv.follows(sequence, s));
    }

    /** Tokens of a prompt for this step, for which there is room. */
    private int chunk(Sequence sequence, StepDraft draft, double budget) {
        int wanted = cost.tokensWithin(budget, sequence.position());
        if (draft.slices() == 0) {
            wanted = Math.max(wanted, config.minChunkTokens());
        }
        wanted = Math.min(wanted, Math.min(draft.room(), sequence.pending()));
        if (wanted <= 0) {
            return 0;
        }
        int room = kv.grow(sequence, wanted);
        if (room == 0) {
            // Only those that came later make way: so the oldest prompt always goes on.
            Predicate<Sequence> later = s -> s.admission() > sequence.admission();
            room = makeRoom(sequence, draft, later) ? kv.grow(sequence, wanted) : 0;
        }
        return room;
    }

    /** Room for one token more, if need be in the place of another sequence or of itself. */
    private boolean makeRoom(Sequence sequence, StepDraft draft, Predicate<Sequence> among) {
        while (kv.grow(sequence, 1) == 0) {
            Optional<Sequence> found = victim(s -> !draft.holds(s) && makesWay(s, sequence, among));
            if (found.isEmpty()) {
                return false;
            }
            Sequence victim = found.get();
            putBack(victim);
            preemptions++;
            if (victim.givesWay() == sequence.givesWay()) {
                victim.preempted();
            }
            if (victim == sequence) {
                return false;
            }
        }
        return true;
    }

    private static boolean makesWay(Sequence victim, Sequence to, Predicate<Sequence> among) {
        return victim.givesWay() == to.givesWay()
                ? !victim.reserves() && among.test(victim)
                : victim.givesWay();
    }

    /**
     * One that gives way before any other; of the tenant that holds the most blocks, the sequence
     * that was admitted last.
     */
    private Optional<Sequence> victim(Predicate<Sequence> among) {
        Map<String, Integer> held = new HashMap<>();
        for (Sequence sequence : running.values()) {
            held.merge(sequence.request().tenant(), sequence.blockCount(), Integer::sum);
        }
        return running.values().stream()
                .filter(among)
                .max(
                        Comparator.comparing(Sequence::givesWay)
                                .thenComparingInt(s -> held.get(s.request().tenant()))
                                .thenComparing(s -> s.request().tenant())
                                .thenComparingLong(Sequence::admission));
    }

    private void putBack(Sequence sequence) {
        running.remove(sequence.id());
        stopPlanning(sequence);
        kv.leave(sequence);
        released.add(sequence.id());
        waiting.put(sequence.id(), sequence);
        turns.putBack(sequence);
    }

    private void stopPlanning(Sequence sequence) {
        decoding.remove(sequence);
        prefilling.remove(sequence);
        refill.remove(sequence).forEach(kv::lacks);
    }

    /**
     * Takes a step's outcome. What came of sequences that were cancelled meanwhile is passed over,
     * and so is a step that was dropped by {@link #restart}.
     *
     * @param stageNanos how long the step took on the slowest stage; 0 when unknown
     * @return in the order of the outcome
     */
    public List<SequenceEvent> complete(long stepId, StageOutput.Sampled outcome, long stageNanos) {
        Flight flight = inFlight.remove(stepId);
        if (flight == null) {
            return List.of();
        }
        flight.commit();
        if (stageNanos > 0) {
            cost.observe(flight.tokens(), flight.tokenContexts(), (double) stageNanos);
        }
        List<SequenceEvent> events = new ArrayList<>();
        for (SampledToken token : outcome.tokens()) {
            accept(token, events);
        }
        for (Refusal refusal : outcome.refusals()) {
            Sequence sequence = known(refusal.sequenceId());
            if (sequence != null) {
                end(sequence);
                events.add(new SequenceEvent.Refused(refusal));
            }
        }
        for (TokenRating rating : outcome.ratings()) {
            Sequence sequence = running.get(rating.sequenceId());
            if (sequence != null && sequence.answer(rating.position())) {
                events.add(new SequenceEvent.Rated(rating));
                endIfAnswered(sequence, rating.position(), events);
            }
        }
        for (TokenState state : outcome.states()) {
            Sequence sequence = running.get(state.sequenceId());
            if (sequence != null && sequence.answer(state.position())) {
                events.add(new SequenceEvent.Shown(state));
                endIfAnswered(sequence, state.position(), events);
            }
        }
        return events;
    }

    /** Takes the tokens of a step whose time nobody measured. */
    public List<SequenceEvent> complete(long stepId, List<SampledToken> tokens) {
        return complete(stepId, new StageOutput.Sampled(tokens), 0);
    }

    private void accept(SampledToken token, List<SequenceEvent> events) {
        boolean runs = running.containsKey(token.sequenceId());
        Sequence sequence = (runs ? running : waiting).get(token.sequenceId());
        if (sequence == null || !sequence.awaited()) {
            return;
        }
        sequence.await(false);
        sequence.append(token.id());
        turns.charge(sequence, Tenants.GENERATED_WEIGHT);
        events.add(
                new SequenceEvent.Token(
                        sequence.id(), token.id(), token.logProb(), token.alternatives()));
        boolean stop = sequence.request().eosIds().contains(token.id());
        if (stop || sequence.full()) {
            end(sequence);
            events.add(
                    new SequenceEvent.Finished(
                            sequence.id(), stop ? FinishReason.STOP : FinishReason.LENGTH));
        } else if (runs) {
            decoding.add(sequence);
        }
    }

    private void endIfAnswered(Sequence sequence, int position, List<SequenceEvent> events) {
        boolean first =
                sequence.request().task()
                                instanceof SequenceRequest.Task.States(SequenceRequest.Which which)
                        && which == SequenceRequest.Which.FIRST;
        if (first || position == sequence.known() - 1) {
            end(sequence);
            events.add(new SequenceEvent.Finished(sequence.id(), FinishReason.ANSWERED));
        }
    }

    /**
     * Ends a sequence at once, without an event; unknown ids are passed over. A step of it that is
     * in the pipeline runs to its end, what comes of it is dropped.
     */
    public void cancel(long sequenceId) {
        Sequence sequence = known(sequenceId);
        if (sequence != null) {
            end(sequence);
        }
    }

    private @Nullable Sequence known(long sequenceId) {
        Sequence sequence = running.get(sequenceId);
        return sequence == null ? waiting.get(sequenceId) : sequence;
    }

    private void end(Sequence sequence) {
        if (running.remove(sequence.id()) != null) {
            stopPlanning(sequence);
            kv.leave(sequence);
            turns.end(sequence);
            released.add(sequence.id());
        } else {
            waiting.remove(sequence.id());
            turns.remove(sequence);
        }
    }

    /**
     * The sequences whose tables the stages must forget, for when no step follows that would bring
     * them along. Every stage must see the release after the steps planned before it and before
     * those planned from now on.
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
        boolean _ = interrupt();
        byAdmission().reversed().forEach(this::putBack);
        released.clear();
        kv.reset();
    }

    /**
     * The steps in flight are lost. Nothing is to be planned before {@link #restart} or {@link
     * #rollBack}.
     *
     * @return whether stages that have lost nothing may keep what they have; not in the middle of a
     *     refill, when they do not have the same
     */
    public boolean interrupt() {
        boolean settled = refill.isEmpty() && inFlight.values().stream().noneMatch(Flight::refills);
        refill.clear();
        inFlight.clear();
        waiting.values().forEach(sequence -> sequence.await(false));
        running.values().forEach(sequence -> sequence.await(false));
        return settled;
    }

    /**
     * After {@link #interrupt}: goes back to what every stage has written for sure. Sequences that
     * have nothing, or are never to be put back and so hold more than they have written, run again
     * from their prompt.
     *
     * @param refills the first stages have lost their KV: they are given it again by steps that the
     *     others, which keep theirs, are to pass over
     * @return what stages keep that keep anything
     */
    public List<KeptTable> rollBack(boolean refills) {
        List<Sequence> before = byAdmission();
        before.reversed().stream()
                .filter(sequence -> sequence.committed() == 0 || sequence.reserves())
                .forEach(this::putBack);
        List<KeptTable> kept = new ArrayList<>();
        before.removeIf(sequence -> !running.containsKey(sequence.id()));
        for (Sequence sequence : before) {
            stopPlanning(sequence);
            kept.add(kv.rollBack(sequence, refills));
        }
        if (refills) {
            refill.begin(before);
        } else {
            prefilling.addAll(before);
        }
        kv.forgetKept();
        released.clear();
        return kept;
    }

    private List<Sequence> byAdmission() {
        List<Sequence> all = new ArrayList<>(running.values());
        all.sort(Comparator.comparingLong(Sequence::admission));
        return all;
    }

    public int queuedSequences() {
        return waiting.size();
    }

    public int runningSequences() {
        return running.size();
    }

    public int stepsInFlight() {
        return inFlight.size();
    }

    /** Times that a sequence was put back because KV ran out. */
    public long preemptions() {
        return preemptions;
    }

    /** Tokens of sequences that were looked for among the blocks that are there. */
    public long prefixQueriedTokens() {
        return kv.queriedTokens();
    }

    /** Of those, the ones that were there and did not run again. */
    public long prefixHitTokens() {
        return kv.hitTokens();
    }

    /** KV positions that running sequences hold, in whole blocks. */
    public int heldKvTokens() {
        return kv.heldBlocks() * KvBlocks.BLOCK_TOKENS;
    }

    /** How long the sequence that has waited longest has; zero when none does. */
    public Duration oldestWait() {
        return turns.all()
                .min(Comparator.comparingLong(Sequence::serial))
                .map(s -> Duration.ofNanos(nanoTicker.getAsLong() - s.submittedNanos()))
                .orElse(Duration.ZERO);
    }

    /** Nothing waits, runs or is in the pipeline. */
    public boolean idle() {
        return waiting.isEmpty() && running.isEmpty() && inFlight.isEmpty();
    }
}
