package assay.engine.stage;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.kernel.Tensor;
import assay.engine.sample.Sampled;
import assay.engine.sample.Sampler;
import assay.engine.sample.SamplingState;
import assay.engine.sample.constrain.MasksAhead;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The end of the last stage: from hidden states to what was demanded of a step. Logits exist for a
 * block of rows at a time, never for a whole prompt. What a sampler knows of a sequence lives here
 * from its first demand until it is released.
 */
public final class Readout implements AutoCloseable {
    private final LogitRows head;
    private final @Nullable PlainSampler plain;
    private final int hiddenSize;
    private final Sampler sampler;
    private final float[] logits;
    private final Map<Long, SamplingState> sampling = new HashMap<>();
    private final MasksAhead masks = new MasksAhead();

    /** One that samples in main memory. */
    Readout(LogitRows head, int vocabularySize, int hiddenSize) {
        this(head, null, vocabularySize, hiddenSize);
    }

    /**
     * @param head of the stage
     * @param plain for demands that need nothing but their logits; null to sample all here
     */
    public Readout(
            LogitRows head, @Nullable PlainSampler plain, int vocabularySize, int hiddenSize) {
        this.head = head;
        this.plain = plain;
        this.hiddenSize = hiddenSize;
        this.sampler = new Sampler(vocabularySize);
        this.logits = new float[vocabularySize];
    }

    /** Where the rows of a sequence's slice begin, and the slice. */
    private record Placed(Slice slice, int row) {}

    /**
     * Answers for the step that the stage ran last.
     *
     * @param demands at most one for each slice, each for a slice of the batch
     */
    public StageOutput.Sampled answer(MicroBatch batch, List<SliceDemand> demands) {
        if (demands.isEmpty()) {
            return new StageOutput.Sampled(List.of());
        }
        Map<Long, Placed> slices = new HashMap<>();
        int row = 0;
        for (Slice slice : batch.slices()) {
            slices.put(slice.sequenceId(), new Placed(slice, row));
            row += slice.tokens();
        }
        List<SliceDemand.Sample> samples = new ArrayList<>();
        List<TokenRating> ratings = new ArrayList<>();
        List<TokenState> states = new ArrayList<>();
        for (SliceDemand demand : demands) {
            Placed placed = slices.get(demand.sequenceId());
            if (placed == null) {
                throw invalid(demand, "no slice in the step", "one");
            }
            switch (demand) {
                case SliceDemand.Sample sample -> samples.add(sample);
                case SliceDemand.Rate rate -> rate(rate, placed, ratings);
                case SliceDemand.States some -> states(some, placed, states);
            }
        }
        List<SampledToken> tokens = new ArrayList<>();
        List<Refusal> refusals = new ArrayList<>();
        sample(samples, slices, tokens, refusals);
        return new StageOutput.Sampled(tokens, ratings, states, refusals);
    }

    /** What a demand of a sample comes to. */
    private static final class Draw {
        private final long sequenceId;
        private final int row;
        private final int position;
        private @Nullable SamplingState state;
        private @Nullable SampledToken token;
        private @Nullable Refusal refusal;

        Draw(long sequenceId, int row, int position) {
            this.sequenceId = sequenceId;
            this.row = row;
            this.position = position;
        }

        void refuse(EngineException e) {
            refusal = new Refusal(sequenceId, e.code(), String.valueOf(e.getMessage()));
        }
    }

    private void sample(
            List<SliceDemand.Sample> demands,
            Map<Long, Placed> slices,
            List<SampledToken> tokens,
            List<Refusal> refusals) {
        List<Draw> onHead = new ArrayList<>();
        List<Draw> here = new ArrayList<>();
        List<Draw> all = new ArrayList<>();
        for (SliceDemand.Sample demand : demands) {
            Placed placed = slices.get(demand.sequenceId());
            if (placed == null) {
                throw invalid(demand, "no slice in the step", "one");
            }
            int row = placed.row() + placed.slice().tokens() - 1;
            Draw draw = new Draw(demand.sequenceId(), row, placed.slice().end());
            all.add(draw);
            try {
                draw.state = state(demand, draw.position);
                boolean plainly =
                        plain != null
                                && draw.state.plain()
                                && draw.state.position() == draw.position;
                (plainly ? onHead : here).add(draw);
            } catch (EngineException e) {
                draw.refuse(e);
            }
        }
        if (plain != null && !onHead.isEmpty()) {
            samplePlain(plain, onHead);
        }
        for (int at = 0; at < here.size(); at += head.maxRows()) {
            sampleHere(here.subList(at, Math.min(here.size(), at + head.maxRows())));
        }
        for (Draw draw : all) {
            if (draw.token != null) {
                tokens.add(draw.token);
            } else if (draw.refusal != null) {
                refusals.add(draw.refusal);
            }
        }
        // Behind the last draw: none of this step waits for a mask of the next.
        for (Draw draw : here) {
            if (draw.state != null && draw.token != null) {
                draw.state.prepare(masks);
            }
        }
    }

    private void sampleHere(List<Draw> draws) {
        Tensor rated = head.logits(draws.stream().mapToInt(draw -> draw.row).toArray());
        for (int i = 0; i < draws.size(); i++) {
            Draw draw = draws.get(i);
            rated.readRow(i, logits);
            try {
                Sampled sampled = known(draw).sample(sampler, logits, draw.position);
                draw.token =
                        new SampledToken(
                                draw.sequenceId, sampled.id(), sampled.logProb(), sampled.top());
            } catch (EngineException e) {
                draw.refuse(e);
            }
        }
    }

    private static void samplePlain(PlainSampler plain, List<Draw> draws) {
        int[] rows = draws.stream().mapToInt(draw -> draw.row).toArray();
        int[] positions = draws.stream().mapToInt(draw -> draw.position).toArray();
        int[] ids = new int[rows.length];
        float[] logProbs = new float[rows.length];
        plain.sample(
                rows,
                draws.stream().map(draw -> known(draw).params()).toList(),
                positions,
                ids,
                logProbs);
        for (int i = 0; i < ids.length; i++) {
            Draw draw = draws.get(i);
            if (ids[i] < 0) {
                draw.refuse(
                        new EngineException(
                                ErrorCode.LOGITS_NOT_FINITE,
                                "logits of position %d (expected: finite)"
                                        .formatted(draw.position)));
            } else {
                known(draw).accept(ids[i]);
                draw.token = new SampledToken(draw.sequenceId, ids[i], logProbs[i]);
            }
        }
    }

    private static SamplingState known(Draw draw) {
        SamplingState state = draw.state;
        if (state == null) {
            throw new IllegalStateException("a draw without a state");
        }
        return state;
    }

    private SamplingState state(SliceDemand.Sample demand, int position) {
        SliceDemand.SamplingStart start = demand.start();
        if (start != null) {
            sampling.put(
                    demand.sequenceId(),
                    new SamplingState(
                            start.params(),
                            position,
                            start.promptIds(),
                            start.generatedIds(),
                            start.constraint() == null ? null : start.constraint().compiled()));
        }
        SamplingState state = sampling.get(demand.sequenceId());
        if (state == null) {
            throw invalid(demand, "no sampling parameters", "with the first demand");
        }
        return state;
    }

    private void rate(SliceDemand.Rate demand, Placed placed, List<TokenRating> ratings) {
        int[] targets = demand.targets();
        if (targets.length > placed.slice().tokens()) {
            throw invalid(demand, "targets: " + targets.length, "at most one for each token");
        }
        for (int at = 0; at < targets.length; at += head.maxRows()) {
            int count = Math.min(head.maxRows(), targets.length - at);
            Tensor rated = head.logits(rows(placed.row() + at, count));
            for (int i = 0; i < count; i++) {
                rated.readRow(i, logits);
                int target = targets[at + i];
                if (target < 0 || target >= logits.length) {
                    throw invalid(demand, "target: " + target, "below " + logits.length);
                }
                int alternatives = Math.min(demand.alternatives(), logits.length);
                Sampled rating = sampler.rate(logits, target, alternatives);
                ratings.add(
                        new TokenRating(
                                demand.sequenceId(),
                                placed.slice().position() + at + i + 1,
                                rating.logProb(),
                                rating.top()));
            }
        }
    }

    private void states(SliceDemand.States demand, Placed placed, List<TokenState> states) {
        if (demand.first() < 0
                || demand.count() < 1
                || demand.first() > placed.slice().tokens() - demand.count()) {
            throw invalid(
                    demand,
                    "states: %d from %d".formatted(demand.count(), demand.first()),
                    "within the slice");
        }
        for (int at = 0; at < demand.count(); at += head.maxRows()) {
            int count = Math.min(head.maxRows(), demand.count() - at);
            int first = demand.first() + at;
            Tensor normed = head.states(rows(placed.row() + first, count));
            for (int i = 0; i < count; i++) {
                float[] values = new float[hiddenSize];
                normed.readRow(i, values);
                int position = placed.slice().position() + first + i;
                states.add(new TokenState(demand.sequenceId(), position, values));
            }
        }
    }

    /** Shows the logits of every token of the step. */
    public void observe(MicroBatch batch, LogitsObserver observer) {
        int row = 0;
        for (Slice slice : batch.slices()) {
            for (int at = 0; at < slice.tokens(); at += head.maxRows()) {
                int count = Math.min(head.maxRows(), slice.tokens() - at);
                Tensor rated = head.logits(rows(row + at, count));
                for (int i = 0; i < count; i++) {
                    float[] values = new float[logits.length];
                    rated.readRow(i, values);
                    observer.logits(slice.sequenceId(), slice.position() + at + i, values);
                }
            }
            row += slice.tokens();
        }
    }

    /** Forgets sequences that are over. */
    public void release(Collection<Long> sequenceIds) {
        sequenceIds.forEach(sampling::remove);
    }

    /** Forgets all sequences. */
    public void reset() {
        sampling.clear();
    }

    @Override
    public void close() {
        masks.close();
    }

    private static int[] rows(int first, int count) {
        int[] rows = new int[count];
        Arrays.setAll(rows, i -> first + i);
        return rows;
    }

    private static EngineException invalid(SliceDemand demand, String value, String expected) {
        return new EngineException(
                ErrorCode.STEP_INVALID,
                "sequence %d: %s (expected: %s)".formatted(demand.sequenceId(), value, expected));
    }
}
