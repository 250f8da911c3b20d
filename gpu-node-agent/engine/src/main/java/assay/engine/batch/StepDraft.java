package assay.engine.batch;

import assay.engine.cache.TableUpdate;
import assay.engine.kernel.KvBlocks;
import assay.engine.sample.SamplingParams;
import assay.engine.stage.Constraint;
import assay.engine.stage.MicroBatch;
import assay.engine.stage.Slice;
import assay.engine.stage.SliceDemand;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/** A step while it is being put together. Confined to the batch loop. */
final class StepDraft {
    private final int[] ids;
    private final List<Slice> slices = new ArrayList<>();
    private final List<SliceDemand> demands = new ArrayList<>();
    private final SequencedSet<Sequence> members = new LinkedHashSet<>();
    private int tokens;
    private double cost;
    private double tokenContexts;
    private boolean refills;

    StepDraft(int maxTokens) {
        this.ids = new int[maxTokens];
    }

    int slices() {
        return slices.size();
    }

    /** Tokens that still fit. */
    int room() {
        return ids.length - tokens;
    }

    int tokens() {
        return tokens;
    }

    double cost() {
        return cost;
    }

    double tokenContexts() {
        return tokenContexts;
    }

    boolean holds(Sequence sequence) {
        return members.contains(sequence);
    }

    /**
     * The next tokens of a sequence, which has room for them.
     *
     * @param added to the step's cost
     * @return how many of the prompt's tokens enter for the first time
     */
    int add(Sequence sequence, int count, double added) {
        int position = sequence.position();
        int fresh = sequence.schedule(count, ids, tokens);
        boolean answered = demand(sequence, position, count);
        add(sequence, position, count, added, answered, sequence.tellBlocks());
        return fresh;
    }

    /** Tokens that the first stages alone must run again; then all of the step's are. */
    void refill(Sequence sequence, int count, double added) {
        int position = sequence.position();
        int _ = sequence.schedule(count, ids, tokens);
        TableUpdate table = sequence.tellBlocks(KvBlocks.blocksFor(position + count));
        add(sequence, position, count, added, false, table);
        refills = true;
    }

    private void add(
            Sequence sequence,
            int position,
            int count,
            double added,
            boolean answered,
            TableUpdate table) {
        slices.add(new Slice(sequence.id(), position, count, answered, null, table));
        members.add(sequence);
        tokens += count;
        cost += added;
        tokenContexts += StepCost.contexts(position, count);
    }

    Flight flight() {
        return new Flight(
                tokens,
                tokenContexts,
                refills,
                slices.stream().map(slice -> slice.end()).toList(),
                List.copyOf(members),
                members.stream().map(Sequence::admission).toList());
    }

    private boolean demand(Sequence sequence, int position, int count) {
        SequenceRequest request = sequence.request();
        int before = demands.size();
        switch (request.task()) {
            case SequenceRequest.Task.Generate(Constraint constraint) -> {
                if (sequence.pending() == 0) {
                    sequence.await(true);
                    demands.add(sample(sequence, constraint));
                }
            }
            case SequenceRequest.Task.Rate(int alternatives) -> {
                int end = Math.min(position + count + 1, request.promptIds().length);
                int[] targets = Arrays.copyOfRange(request.promptIds(), position + 1, end);
                if (targets.length > 0) {
                    demands.add(new SliceDemand.Rate(sequence.id(), targets, alternatives));
                }
            }
            case SequenceRequest.Task.States(SequenceRequest.Which which) -> {
                int last = request.promptIds().length - 1;
                int from =
                        which == SequenceRequest.Which.LAST ? Math.max(last, position) : position;
                int end = which == SequenceRequest.Which.FIRST ? 1 : position + count;
                if (from < Math.min(end, position + count)) {
                    demands.add(new SliceDemand.States(sequence.id(), from - position, end - from));
                }
            }
        }
        return demands.size() > before;
    }

    private static SliceDemand sample(Sequence sequence, @Nullable Constraint constraint) {
        if (!sequence.tellStart()) {
            return new SliceDemand.Sample(sequence.id(), null);
        }
        SamplingParams params = sequence.request().sampling();
        boolean generated = params.penalties().needGenerated() || constraint != null;
        return new SliceDemand.Sample(
                sequence.id(),
                new SliceDemand.SamplingStart(
                        params,
                        params.penalties().needPrompt()
                                ? sequence.request().promptIds()
                                : new int[0],
                        generated ? sequence.generated() : new int[0],
                        constraint));
    }

    PlannedStep planned(long stepId, List<Long> releases) {
        return new PlannedStep(
                releases,
                new MicroBatch(stepId, slices),
                Arrays.copyOf(ids, tokens),
                demands,
                refills);
    }
}
