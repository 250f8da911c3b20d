package assay.agent.link;

import assay.agent.fault.AgentException;
import assay.agent.fault.FaultCode;
import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.sample.Cut;
import assay.engine.sample.LogitBias;
import assay.engine.sample.Penalties;
import assay.engine.sample.SamplingParams;
import assay.engine.sample.TokenLogProb;
import assay.engine.sample.constrain.ConstraintSpec;
import assay.engine.stage.Constraint;
import assay.engine.stage.Refusal;
import assay.engine.stage.SampledToken;
import assay.engine.stage.SliceDemand;
import assay.engine.stage.StageOutput;
import assay.engine.stage.TokenRating;
import assay.engine.stage.TokenState;
import assay.stage.v1.Demand;
import assay.stage.v1.Demands;
import assay.stage.v1.Rate;
import assay.stage.v1.Sample;
import assay.stage.v1.Sampled;
import assay.stage.v1.SamplingStart;
import assay.stage.v1.SliceSampling;
import assay.stage.v1.States;
import assay.stage.v1.TokenFrame;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * What passes between the head and the last stage: demands down, answers up. Every frame is checked
 * before it is used. Stateless.
 */
public final class AnswerFrames {
    private AnswerFrames() {}

    /** What the last stage has to answer for a step. */
    public static Demands demands(long epoch, long stepId, List<SliceDemand> demands) {
        Demands.Builder out = Demands.newBuilder().setEpoch(epoch).setStepId(stepId);
        demands.forEach(demand -> out.addDemands(demand(demand)));
        return out.build();
    }

    private static Demand demand(SliceDemand demand) {
        Demand.Builder out = Demand.newBuilder().setSequenceId(demand.sequenceId());
        switch (demand) {
            case SliceDemand.Sample(long id, SliceDemand.SamplingStart start) -> {
                Sample.Builder sample = Sample.newBuilder();
                if (start != null) {
                    sample.setStart(start(start));
                }
                out.setSample(sample);
            }
            case SliceDemand.Rate(long id, int[] targets, int alternatives) ->
                    out.setRate(
                            Rate.newBuilder()
                                    .addAllTargets(Arrays.stream(targets).boxed().toList())
                                    .setAlternatives(alternatives));
            case SliceDemand.States(long id, int first, int count) ->
                    out.setStates(States.newBuilder().setFirst(first).setCount(count));
        }
        return out.build();
    }

    /**
     * The demands of a notice.
     *
     * @param compiler of constraints; may take a while
     */
    public static List<SliceDemand> demands(
            Demands demands, Function<ConstraintSpec, Constraint> compiler) {
        try {
            return demands.getDemandsList().stream().map(d -> demand(d, compiler)).toList();
        } catch (EngineException e) {
            throw wrong("demands of step " + demands.getStepId() + ": " + e.getMessage());
        }
    }

    private static SliceDemand demand(
            Demand demand, Function<ConstraintSpec, Constraint> compiler) {
        long id = demand.getSequenceId();
        return switch (demand.getDemandCase()) {
            case SAMPLE ->
                    new SliceDemand.Sample(
                            id,
                            demand.getSample().hasStart()
                                    ? start(demand.getSample().getStart(), compiler)
                                    : null);
            case RATE ->
                    new SliceDemand.Rate(
                            id,
                            ints(demand.getRate().getTargetsList()),
                            demand.getRate().getAlternatives());
            case STATES ->
                    new SliceDemand.States(
                            id, demand.getStates().getFirst(), demand.getStates().getCount());
            case DEMAND_NOT_SET -> throw wrong("demand: none (expected: sample, rate or states)");
        };
    }

    private static SamplingStart start(SliceDemand.SamplingStart start) {
        SamplingStart.Builder out =
                SamplingStart.newBuilder()
                        .setSampling(sampling(start.params()))
                        .addAllPromptIds(Arrays.stream(start.promptIds()).boxed().toList())
                        .addAllGeneratedIds(Arrays.stream(start.generatedIds()).boxed().toList());
        if (start.constraint() != null) {
            switch (start.constraint().spec()) {
                case ConstraintSpec.Regex(String pattern) -> out.setRegex(pattern);
                case ConstraintSpec.JsonSchema(String schema) -> out.setJsonSchema(schema);
                case ConstraintSpec.JsonObject() -> out.setJsonObject(true);
                case ConstraintSpec.Grammar(String text) -> out.setGrammar(text);
            }
        }
        return out.build();
    }

    private static SliceSampling sampling(SamplingParams params) {
        return SliceSampling.newBuilder()
                .setTemperature(params.temperature())
                .setTopP(params.cut().topP())
                .setTopK(params.cut().topK())
                .setMinP(params.cut().minP())
                .setSeed(params.seed())
                .setRepetitionPenalty(params.penalties().repetition())
                .setPresencePenalty(params.penalties().presence())
                .setFrequencyPenalty(params.penalties().frequency())
                .putAllLogitBias(params.bias().addends())
                .setTopLogProbs(params.topLogProbs())
                .build();
    }

    private static SliceDemand.SamplingStart start(
            SamplingStart start, Function<ConstraintSpec, Constraint> compiler) {
        ConstraintSpec spec =
                switch (start.getConstraintCase()) {
                    case REGEX -> new ConstraintSpec.Regex(start.getRegex());
                    case JSON_SCHEMA -> new ConstraintSpec.JsonSchema(start.getJsonSchema());
                    case JSON_OBJECT -> new ConstraintSpec.JsonObject();
                    case GRAMMAR -> new ConstraintSpec.Grammar(start.getGrammar());
                    case CONSTRAINT_NOT_SET -> null;
                };
        return new SliceDemand.SamplingStart(
                params(start.getSampling()),
                ints(start.getPromptIdsList()),
                ints(start.getGeneratedIdsList()),
                spec == null ? null : compiler.apply(spec));
    }

    private static SamplingParams params(SliceSampling s) {
        return new SamplingParams(
                s.getTemperature(),
                new Cut(s.getMinP(), s.getTopK(), s.getTopP()),
                s.getSeed(),
                new Penalties(
                        s.getRepetitionPenalty(), s.getFrequencyPenalty(), s.getPresencePenalty()),
                new LogitBias(s.getLogitBiasMap()),
                s.getTopLogProbs());
    }

    /** What the last stage answers for a step. */
    public static TokenFrame sampled(
            long epoch, long stepId, StageOutput.Sampled outcome, StepTimings times) {
        Sampled.Builder sampled =
                Sampled.newBuilder().setEpoch(epoch).setStepId(stepId).setTimes(times.wire());
        for (SampledToken token : outcome.tokens()) {
            sampled.addTokens(
                    assay.stage.v1.SampledToken.newBuilder()
                            .setSequenceId(token.sequenceId())
                            .setId(token.id())
                            .setLogProb(token.logProb())
                            .addAllAlternatives(wire(token.alternatives())));
        }
        for (TokenRating rating : outcome.ratings()) {
            sampled.addRatings(
                    assay.stage.v1.TokenRating.newBuilder()
                            .setSequenceId(rating.sequenceId())
                            .setPosition(rating.position())
                            .setLogProb(rating.logProb())
                            .addAllAlternatives(wire(rating.alternatives())));
        }
        for (TokenState state : outcome.states()) {
            assay.stage.v1.TokenState.Builder out =
                    assay.stage.v1.TokenState.newBuilder()
                            .setSequenceId(state.sequenceId())
                            .setPosition(state.position());
            for (float value : state.values()) {
                out.addValues(value);
            }
            sampled.addStates(out);
        }
        for (Refusal refusal : outcome.refusals()) {
            sampled.addRefusals(
                    assay.stage.v1.Refusal.newBuilder()
                            .setSequenceId(refusal.sequenceId())
                            .setCode(refusal.code().name())
                            .setDetail(refusal.detail()));
        }
        return TokenFrame.newBuilder().setSampled(sampled).build();
    }

    private static List<assay.stage.v1.Alternative> wire(List<TokenLogProb> alternatives) {
        return alternatives.stream()
                .map(a ->
                        assay.stage.v1.Alternative.newBuilder()
                                .setId(a.id())
                                .setLogProb(a.logProb())
                                .build())
                .toList();
    }

    /** The answers of a frame. */
    public static StageOutput.Sampled outcome(Sampled sampled) {
        return new StageOutput.Sampled(
                sampled.getTokensList().stream()
                        .map(t ->
                                new SampledToken(
                                        t.getSequenceId(),
                                        t.getId(),
                                        t.getLogProb(),
                                        alternatives(t.getAlternativesList())))
                        .toList(),
                sampled.getRatingsList().stream()
                        .map(r ->
                                new TokenRating(
                                        r.getSequenceId(),
                                        r.getPosition(),
                                        r.getLogProb(),
                                        alternatives(r.getAlternativesList())))
                        .toList(),
                sampled.getStatesList().stream()
                        .map(s ->
                                new TokenState(
                                        s.getSequenceId(),
                                        s.getPosition(),
                                        floats(s.getValuesList())))
                        .toList(),
                sampled.getRefusalsList().stream()
                        .map(r -> new Refusal(r.getSequenceId(), code(r.getCode()), r.getDetail()))
                        .toList());
    }

    private static List<TokenLogProb> alternatives(List<assay.stage.v1.Alternative> wire) {
        return wire.stream().map(a -> new TokenLogProb(a.getId(), a.getLogProb())).toList();
    }

    private static ErrorCode code(String name) {
        return Arrays.stream(ErrorCode.values())
                .filter(code -> code.name().equals(name))
                .findFirst()
                .orElse(ErrorCode.STEP_INVALID);
    }

    private static int[] ints(List<Integer> list) {
        return list.stream().mapToInt(i -> i).toArray();
    }

    private static float[] floats(List<Float> list) {
        float[] values = new float[list.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = list.get(i);
        }
        return values;
    }

    /** The times of all stages but the head. */
    public static StepTimings times(Sampled sampled) {
        return StepTimings.of(sampled.getTimes());
    }

    private static AgentException wrong(String detail) {
        return new AgentException(FaultCode.LINK_MISMATCH, detail);
    }
}
