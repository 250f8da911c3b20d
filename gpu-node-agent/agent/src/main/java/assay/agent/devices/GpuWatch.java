package assay.agent.devices;

import assay.agent.devices.nvml.Nvml;
import assay.agent.devices.nvml.Nvml.Fault;
import assay.agent.devices.nvml.Nvml.Sample;
import assay.agent.devices.nvml.NvmlException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the newest readings of the GPUs and their health. Thread-safe: one thread of its own reads
 * each second, another waits for faults, so that a driver which hangs holds up neither the control
 * loop nor a scraper.
 */
public final class GpuWatch implements AutoCloseable {
    /** Above this share of the memory the alert is raised. */
    public static final double MEMORY_HIGH = 0.90;

    /** Below it the alert is over; the gap keeps it from flickering. */
    public static final double MEMORY_NORMAL = 0.85;

    private static final Logger LOG = LoggerFactory.getLogger(GpuWatch.class);
    private static final Duration EVERY = Duration.ofSeconds(1);
    private static final Duration SILENCE = Duration.ofSeconds(15);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(3);

    /**
     * Errors that a program causes by what it does; the card is as good as before. Source: NVIDIA's
     * XID catalogue, and the list that its Kubernetes device plugin leaves out of health checks.
     */
    private static final Set<Long> XIDS_OF_PROGRAMS = Set.of(13L, 31L, 43L, 45L, 68L, 109L);

    private final Nvml nvml;
    private final InstantSource clock;
    private final Map<String, State> states = new LinkedHashMap<>();
    private final Object round = new Object();
    private final CountDownLatch closing = new CountDownLatch(1);
    private volatile Consumer<DeviceEvent> listener = event -> {};
    private List<Thread> threads = List.of();

    /** Of one device; guarded by the watch. */
    private static final class State {
        final String cardId;
        @Nullable Sample sample;
        @Nullable Instant answeredAt; // or when the watch began; null before
        DeviceHealth health = DeviceHealth.GOOD;

        State(String cardId) {
            this.cardId = cardId;
        }
    }

    /**
     * Watches nothing yet.
     *
     * @param devices ids of GPUs or MIG instances, each with the id of its card
     */
    GpuWatch(Nvml nvml, Map<String, String> devices, InstantSource clock) {
        this.nvml = nvml;
        this.clock = clock;
        devices.forEach((id, cardId) -> states.put(id, new State(cardId)));
    }

    /**
     * Reads once, then goes on by itself.
     *
     * @param events told on the watch's threads, or on those of {@link #outOfMemory}
     * @param fatal told when an invariant broke
     */
    void start(Consumer<DeviceEvent> events, Consumer<Throwable> fatal) {
        listener = events;
        synchronized (this) {
            Instant now = clock.instant();
            states.values().forEach(state -> state.answeredAt = now);
        }
        sampleAll();
        Thread sampling = thread("gpu-sampling", this::sampleUntilClosed, fatal);
        threads =
                nvml.tellsFaults()
                        ? List.of(sampling, thread("gpu-faults", this::waitForFaults, fatal))
                        : List.of(sampling);
        threads.forEach(Thread::start);
    }

    private static Thread thread(String name, Runnable work, Consumer<Throwable> fatal) {
        return Thread.ofPlatform()
                .name(name)
                .daemon()
                .uncaughtExceptionHandler((_, thrown) -> fatal.accept(thrown))
                .unstarted(work);
    }

    /** The newest sample; empty before the first and of a card that does not answer. */
    public synchronized Optional<Sample> latest(String id) {
        return Optional.ofNullable(state(id).sample);
    }

    /** How the device is now. */
    public synchronized DeviceHealth health(String id) {
        return state(id).health;
    }

    /**
     * A stage wanted memory that the device did not have. Any thread.
     *
     * @param detail what for, how much, and what was free
     */
    void outOfMemory(String deviceId, String detail) {
        tell(
                deviceId,
                DeviceCode.DEVICE_OUT_OF_MEMORY,
                detail,
                Map.of("error", "CUDA_ERROR_OUT_OF_MEMORY"));
    }

    /** Whether it is one of those that are watched. */
    boolean watches(String id) {
        return states.containsKey(id);
    }

    /** Ends the threads; one that the driver holds is left behind. */
    @Override
    public void close() {
        closing.countDown();
        threads.forEach(Thread::interrupt);
        long end = System.nanoTime() + STOP_LIMIT.toNanos();
        boolean ended = true;
        for (Thread thread : threads) {
            try {
                ended &= thread.join(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                ended = false;
            }
        }
        if (ended) {
            nvml.close();
        } else {
            LOG.warn("the GPU driver does not answer, its library stays open");
        }
    }

    private void sampleUntilClosed() {
        try {
            while (!closing.await(EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
                sampleAll();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void waitForFaults() {
        boolean told = false;
        while (closing.getCount() > 0) {
            try {
                nvml.awaitFault(EVERY).ifPresent(this::take);
                told = false;
            } catch (NvmlException e) {
                // A card that is gone ends the wait with an error; its samples tell which it is.
                if (!told) {
                    LOG.error("faults of GPUs are not told: {}", e.getMessage());
                    told = true;
                }
                if (!pause()) {
                    return;
                }
            }
        }
    }

    private boolean pause() {
        try {
            return !closing.await(EVERY.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** One reading of every device; one round at a time, so that none overtakes a newer one. */
    void sampleAll() {
        synchronized (round) {
            states.keySet().forEach(this::sample);
        }
    }

    private void sample(String id) {
        try {
            take(id, nvml.sample(id));
        } catch (NvmlException e) {
            if (e.isLoss()) {
                broken(id, DeviceCode.DEVICE_LOST, String.valueOf(e.getMessage()), Map.of());
            }
            LOG.debug("no reading of {}: {}", id, e.getMessage());
        }
    }

    /** Whether readings still come; asked by those who use them. */
    void checkSilence(String id) {
        Instant now = clock.instant();
        Instant answeredAt;
        synchronized (this) {
            answeredAt = state(id).answeredAt;
        }
        if (answeredAt != null && now.isAfter(answeredAt.plus(SILENCE))) {
            broken(
                    id,
                    DeviceCode.DEVICE_SILENT,
                    "no reading for more than " + SILENCE.toSeconds() + " s",
                    Map.of());
        }
    }

    private void take(String id, Sample sample) {
        double used = (double) sample.memoryUsedBytes() / Math.max(1, sample.memoryTotalBytes());
        boolean before;
        boolean now;
        synchronized (this) {
            State state = state(id);
            state.sample = sample;
            state.answeredAt = clock.instant();
            before = state.health.memoryHigh();
            now = before ? used >= MEMORY_NORMAL : used > MEMORY_HIGH;
            state.health = state.health.withMemoryHigh(now);
        }
        if (before != now) {
            tell(
                    id,
                    now ? DeviceCode.DEVICE_MEMORY_HIGH : DeviceCode.DEVICE_MEMORY_NORMAL,
                    "%d of %d bytes in use"
                            .formatted(sample.memoryUsedBytes(), sample.memoryTotalBytes()),
                    Map.of("used_ratio", String.format(Locale.ROOT, "%.3f", used)));
        }
        long errors = sample.uncorrectedErrors().orElse(0);
        if (errors > 0) {
            uncorrected(id, errors + " uncorrected errors of memory since the driver was loaded");
        }
    }

    /** A fault that the driver told. */
    void take(Fault fault) {
        for (var entry : states.entrySet()) {
            // Which instance of a split card it was is not told for every error: all of them.
            if (!entry.getKey().equals(fault.uuid())
                    && !entry.getValue().cardId.equals(fault.uuid())) {
                continue;
            }
            Map<String, String> fields = Map.of("xid", Long.toString(fault.xid()));
            if (fault.xid() == 0) {
                uncorrected(entry.getKey(), "an uncorrected error of memory");
            } else if (XIDS_OF_PROGRAMS.contains(fault.xid())) {
                tell(
                        entry.getKey(),
                        DeviceCode.DEVICE_XID_OF_PROGRAM,
                        "XID %d: a program failed on the card".formatted(fault.xid()),
                        fields);
            } else {
                broken(
                        entry.getKey(),
                        DeviceCode.DEVICE_XID,
                        "XID %d: see NVIDIA's catalogue of XID errors".formatted(fault.xid()),
                        fields);
            }
        }
    }

    private void uncorrected(String id, String detail) {
        broken(id, DeviceCode.DEVICE_MEMORY_UNCORRECTED, detail, Map.of());
    }

    /** Told once: a state, not a stream. */
    private void broken(String id, DeviceCode code, String detail, Map<String, String> fields) {
        boolean first;
        synchronized (this) {
            State state = state(id);
            first = state.health.fault().isEmpty();
            state.health = state.health.broken(code, detail);
            if (code == DeviceCode.DEVICE_LOST || code == DeviceCode.DEVICE_SILENT) {
                state.sample = null;
            }
        }
        if (first || code == DeviceCode.DEVICE_XID) {
            tell(id, code, detail, fields);
        }
    }

    private void tell(String id, DeviceCode code, String detail, Map<String, String> fields) {
        listener.accept(new DeviceEvent(id, code, detail, fields, clock.instant()));
    }

    private State state(String id) {
        State state = states.get(id);
        if (state == null) {
            throw new IllegalArgumentException(
                    "device: " + id + " (expected: one of " + states.keySet() + ")");
        }
        return state;
    }
}
