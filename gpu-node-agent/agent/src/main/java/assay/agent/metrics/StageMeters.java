package assay.agent.metrics;

import assay.agent.metrics.AgentMetrics.StageLabels;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;

/** The meters of one stage; those of requests move on the head alone. Thread-safe. */
public final class StageMeters implements AutoCloseable {
    private static final Duration[] LATENCIES =
            millis(
                    1, 2, 5, 10, 20, 40, 60, 80, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500,
                    10_000, 20_000, 40_000, 80_000, 160_000);

    private final MeterRegistry registry;
    private final Tags tags;
    private final List<Meter> meters = new ArrayList<>();
    private final List<Meter> ofLoop = new ArrayList<>();
    private final List<DoubleSupplier> readByCounters =
            new ArrayList<>(); // which themselves hold them weakly
    private final LongAdder promptTotal = new LongAdder();
    private final LongAdder generationTotal = new LongAdder();
    private final Timer steps;
    private final Timer firstTokens;
    private final Timer interTokens;
    private final Timer requests;
    private final Timer queueing;
    private final Counter promptTokens;
    private final Counter generationTokens;
    private final Counter recoveries;
    private final Counter keptTokens;
    private final Timer recovery;

    StageMeters(MeterRegistry registry, StageLabels labels) {
        this.registry = registry;
        this.tags = labels.tags();
        steps = timer("assay.stage.step", "One micro-batch through the layers of this stage");
        firstTokens = timer("assay.time.to.first.token", "Arrival to first token");
        interTokens = timer("assay.inter.token.latency", "Between two tokens of a request");
        requests = timer("assay.e2e.request.latency", "Arrival to last token");
        queueing = timer("assay.request.queue.time", "Arrival to first step");
        promptTokens = counter("assay.prompt.tokens", "Tokens of prompts that were computed");
        generationTokens = counter("assay.generation.tokens", "Tokens that were generated");
        recoveries = counter("assay.pipeline.recoveries", "Times that a lost stage came back");
        keptTokens =
                counter(
                        "assay.pipeline.kept.tokens",
                        "Positions whose KV stages kept over a loss or a change of stages");
        recovery =
                timer("assay.pipeline.recovery", "From the loss of a stage to the next step's end");
    }

    /** A value that is read at each scrape. */
    public void gauge(String name, String description, DoubleSupplier value) {
        ofLoop.add(
                Gauge.builder(name, value, DoubleSupplier::getAsDouble)
                        .description(description)
                        .tags(tags)
                        .strongReference(true)
                        .register(registry));
    }

    /** A count that only grows, read at each scrape. */
    public void count(String name, String description, DoubleSupplier value) {
        readByCounters.add(value);
        ofLoop.add(
                FunctionCounter.builder(name, value, DoubleSupplier::getAsDouble)
                        .description(description)
                        .tags(tags)
                        .register(registry));
    }

    /** Nanoseconds that only grow, shown as seconds. */
    public void idle(DoubleSupplier nanos) {
        count(
                "assay.stage.idle.seconds",
                "Time this stage waited for work",
                () -> nanos.getAsDouble() / 1e9);
    }

    /** One micro-batch was computed. */
    public void step(long nanos) {
        steps.record(nanos, TimeUnit.NANOSECONDS);
    }

    /** A request's first token came. */
    public void firstToken(long nanos, long queueNanos) {
        firstTokens.record(nanos, TimeUnit.NANOSECONDS);
        queueing.record(queueNanos, TimeUnit.NANOSECONDS);
    }

    /** A further token came. */
    public void nextToken(long nanos) {
        interTokens.record(nanos, TimeUnit.NANOSECONDS);
    }

    /** A request ended with an answer. */
    public void request(long nanos) {
        requests.record(nanos, TimeUnit.NANOSECONDS);
    }

    /** A stage was lost, and steps pass through all stages again. */
    public void recovered(long nanos) {
        recoveries.increment();
        recovery.record(nanos, TimeUnit.NANOSECONDS);
    }

    /** Stages kept the KV of so many positions over a loss. */
    public void kept(int tokens) {
        keptTokens.increment(tokens);
    }

    /** Tokens were taken in and given out. */
    public void tokens(int prompt, int generated) {
        promptTokens.increment(prompt);
        generationTokens.increment(generated);
        promptTotal.add(prompt);
        generationTotal.add(generated);
    }

    /** Prompt tokens since the layers were loaded. */
    public long promptTokens() {
        return promptTotal.sum();
    }

    /** Generated tokens since the layers were loaded. */
    public long generationTokens() {
        return generationTotal.sum();
    }

    /** Takes out what reads the values of a loop that has ended. Not together with another call. */
    public void loopEnded() {
        ofLoop.forEach(registry::remove);
        ofLoop.clear();
        readByCounters.clear();
    }

    @Override
    public void close() {
        loopEnded();
        meters.forEach(registry::remove);
    }

    private Timer timer(String name, String description) {
        return keep(
                Timer.builder(name)
                        .description(description)
                        .tags(tags)
                        .serviceLevelObjectives(LATENCIES)
                        .register(registry));
    }

    private Counter counter(String name, String description) {
        return keep(Counter.builder(name).description(description).tags(tags).register(registry));
    }

    private <M extends Meter> M keep(M meter) {
        meters.add(meter);
        return meter;
    }

    private static Duration[] millis(long... values) {
        Duration[] all = new Duration[values.length];
        for (int i = 0; i < values.length; i++) {
            all[i] = Duration.ofMillis(values[i]);
        }
        return all;
    }
}
