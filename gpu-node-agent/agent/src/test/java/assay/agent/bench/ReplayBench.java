package assay.agent.bench;

import assay.inference.v1.GenerateEvent;
import assay.inference.v1.GenerateRequest;
import assay.inference.v1.InferenceGrpc;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Replays the beginning of a trace of real requests against two agents: prompt and answer lengths
 * scaled to the reference model's context, arrivals scaled in time to 80 % of what the pipeline can
 * take, which is measured first with the same requests and nobody waiting between them. Over and
 * over for a given time, with the live heap of each agent after each round.
 *
 * <p>Arguments: CSV of TIMESTAMP,ContextTokens,GeneratedTokens; seconds (default 0: one round);
 * requests (default 500).
 */
public final class ReplayBench {
    private static final int CONTEXT_TOKENS = 1_000; // a little is left for what markers cost
    private static final int LINE_TOKENS = 20;
    private static final int CALLERS = 32;
    private static final int MAX_SEQUENCES = 32;
    private static final double LOAD = 0.8;
    private static final int CALIBRATION = 120;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSSSSSS");

    private ReplayBench() {}

    /** One request, scaled. */
    private record Arrival(double atSeconds, String prompt, int maxTokens) {}

    /** What became of the requests of a round. */
    private static final class Tally {
        final Queue<Double> firstTokens = new ConcurrentLinkedQueue<>();
        final Queue<Double> interTokens = new ConcurrentLinkedQueue<>();
        final AtomicInteger finished = new AtomicInteger();
        final AtomicInteger lost = new AtomicInteger();
    }

    /** Prints a line for each round, and one of JSON at the end. */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length < 1) {
            System.err.println("usage: bench replay TRACE.CSV [SECONDS [REQUESTS]]");
            System.exit(2);
        }
        double seconds = arguments.length > 1 ? Double.parseDouble(arguments[1]) : 0;
        int count = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 500;
        List<Arrival> trace = read(Path.of(arguments[0]), count);
        int cores = Math.min(2, Runtime.getRuntime().availableProcessors());
        List<List<Integer>> own = List.of(List.of(0), List.of(cores - 1));
        try (Pipeline pipeline = new Pipeline(own, MAX_SEQUENCES)) {
            double capacity = capacity(pipeline, trace);
            double gaps = trace.size() / trace.getLast().atSeconds() / (LOAD * capacity);
            System.out.printf(
                    Locale.ROOT,
                    "capacity %.2f requests/s; arrivals %.2f requests/s, gaps of the trace times %.3f%n",
                    capacity,
                    LOAD * capacity,
                    gaps);
            Tally all = new Tally();
            List<String> heaps = new ArrayList<>();
            long end = System.nanoTime() + (long) (seconds * 1e9);
            do {
                replay(pipeline, trace, gaps, all);
                heaps.add(heap(pipeline));
                System.out.printf(
                        "round %d: %d finished, %d lost; live heap MiB %s%n",
                        heaps.size(), all.finished.get(), all.lost.get(), heaps.getLast());
            } while (System.nanoTime() < end);
            report(all, heaps, capacity);
        }
    }

    private static List<Arrival> read(Path csv, int count) throws IOException {
        List<String[]> rows;
        try (var lines = Files.lines(csv)) {
            rows = lines.skip(1).limit(count).map(line -> line.split(",", -1)).toList();
        }
        int largest =
                rows.stream()
                        .mapToInt(row -> Integer.parseInt(row[1]) + Integer.parseInt(row[2]))
                        .max()
                        .orElseThrow();
        double scale = (double) CONTEXT_TOKENS / largest;
        LocalDateTime first = LocalDateTime.parse(rows.getFirst()[0], TIME);
        List<Arrival> trace = new ArrayList<>();
        for (String[] row : rows) {
            double at = Duration.between(first, LocalDateTime.parse(row[0], TIME)).toNanos() / 1e9;
            int prompt = (int) (Integer.parseInt(row[1]) * scale);
            int tokens = Math.max(1, (int) Math.round(Integer.parseInt(row[2]) * scale));
            trace.add(new Arrival(at, prompt(trace.size(), prompt), tokens));
        }
        return trace;
    }

    /** About so many tokens that no other prompt begins with. */
    private static String prompt(int index, int tokens) {
        StringBuilder text = new StringBuilder("<|bos|><|code|>");
        text.append("v").append(index).append(" = ").append(index * 7919).append('\n');
        text.repeat("x = a + b - c * d / e % f\n", Math.max(0, tokens / LINE_TOKENS - 1));
        return text.toString();
    }

    /** Requests a second with as many under way as the batch takes. */
    private static double capacity(Pipeline pipeline, List<Arrival> trace)
            throws InterruptedException {
        List<Arrival> some = trace.subList(0, Math.min(CALIBRATION, trace.size()));
        closed(pipeline, some.subList(0, some.size() / 3)); // compiles what is still interpreted
        long from = System.nanoTime();
        closed(pipeline, some);
        return some.size() * 1e9 / (System.nanoTime() - from);
    }

    private static void closed(Pipeline pipeline, List<Arrival> requests)
            throws InterruptedException {
        Tally unused = new Tally();
        Semaphore free = new Semaphore(CALLERS);
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < requests.size(); i++) {
                int index = i;
                free.acquire();
                callers.execute(() -> {
                    call(pipeline, requests.get(index), index, unused);
                    free.release();
                });
            }
        }
    }

    private static void replay(Pipeline pipeline, List<Arrival> trace, double gaps, Tally tally)
            throws InterruptedException {
        CountDownLatch open = new CountDownLatch(trace.size());
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            long from = System.nanoTime();
            for (int i = 0; i < trace.size(); i++) {
                int index = i;
                long due = from + (long) (trace.get(i).atSeconds() * gaps * 1e9);
                TimeUnit.NANOSECONDS.sleep(Math.max(0, due - System.nanoTime()));
                callers.execute(() -> {
                    call(pipeline, trace.get(index), index, tally);
                    open.countDown();
                });
            }
            open.await();
        }
    }

    private static void call(Pipeline pipeline, Arrival arrival, int seed, Tally tally) {
        GenerateRequest request = Pipeline.request(arrival.prompt(), arrival.maxTokens(), 1 + seed);
        long from = System.nanoTime();
        long last = 0;
        boolean finished = false;
        try {
            Iterator<GenerateEvent> events =
                    InferenceGrpc.newBlockingStub(pipeline.gateway().channel()).generate(request);
            while (events.hasNext()) {
                GenerateEvent event = events.next();
                long now = System.nanoTime();
                int ids = event.getTokens().getIdsCount();
                if (ids > 0 && last == 0) {
                    tally.firstTokens.add((now - from) / 1e6);
                } else if (ids > 0) {
                    for (int i = 0; i < ids; i++) {
                        tally.interTokens.add((now - last) / 1e6 / ids);
                    }
                }
                last = ids > 0 ? now : last;
                finished |= event.hasFinished();
            }
        } catch (StatusRuntimeException e) {
            System.err.println("lost: " + e.getStatus());
        }
        (finished ? tally.finished : tally.lost).incrementAndGet();
    }

    private static String heap(Pipeline pipeline) throws IOException, InterruptedException {
        List<String> heaps = new ArrayList<>();
        for (AgentProcess agent : pipeline.agents()) {
            heaps.add(
                    String.format(Locale.ROOT, "%.1f", agent.liveHeapBytes() / (double) (1 << 20)));
        }
        return "[" + String.join(",", heaps) + "]";
    }

    private static void report(Tally all, List<String> heaps, double capacity) {
        System.out.printf(
                Locale.ROOT,
                "{\"requests\":%d,\"lost\":%d,\"rounds\":%d,\"capacity_per_second\":%.2f,\"load\":%.2f,\"ttft_ms\":%s,\"itl_ms\":%s,\"live_heap_mib\":[%s]}%n",
                all.finished.get() + all.lost.get(),
                all.lost.get(),
                heaps.size(),
                capacity,
                LOAD,
                percentiles(all.firstTokens),
                percentiles(all.interTokens),
                String.join(",", heaps));
    }

    private static String percentiles(Queue<Double> millis) {
        double[] sorted = millis.stream().mapToDouble(m -> m).toArray();
        Arrays.sort(sorted);
        return String.format(
                Locale.ROOT,
                "{\"p50\":%.1f,\"p95\":%.1f,\"p99\":%.1f}",
                at(sorted, 0.50),
                at(sorted, 0.95),
                at(sorted, 0.99));
    }

    private static double at(double[] sorted, double share) {
        return sorted.length == 0 ? Double.NaN : sorted[(int) (share * (sorted.length - 1))];
    }
}
