package assay.agent.stages;

import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * The one platform thread of a stage under one epoch. Everything that touches the stage's layers or
 * its links runs here; others post events. The inbox needs no bound of its own: frames are bounded
 * by the credit of links, requests by the head's queue, and the rest is a handful for each link.
 *
 * @param <E> event
 */
public abstract class StageLoop<E> {
    private final BlockingQueue<Message<E>> inbox = new LinkedBlockingQueue<>();
    private final String name;
    private final Consumer<Throwable> fatal;
    private @Nullable Thread thread;
    private volatile long idleNanos;

    private record Message<E>(@Nullable E event) {}

    /**
     * Makes the thread, not yet running.
     *
     * @param fatal told when the loop's own invariants broke; ends the process
     */
    protected StageLoop(String name, Consumer<Throwable> fatal) {
        this.name = name;
        this.fatal = fatal;
    }

    /**
     * Begins. Once, by the thread that will stop it, whose marks of log lines the loop's lines bear
     * too.
     */
    public final void start() {
        @Nullable Map<String, String> marks = MDC.getCopyOfContextMap();
        Thread loop =
                Thread.ofPlatform()
                        .name(name)
                        .unstarted(() -> {
                            MDC.setContextMap(marks == null ? Map.of() : marks);
                            run();
                        });
        loop.setUncaughtExceptionHandler((t, thrown) -> fatal.accept(thrown));
        thread = loop;
        loop.start();
    }

    /** Ends after the events that are in the inbox, and waits for it. */
    public final void stop() throws InterruptedException {
        inbox.add(new Message<>(null));
        if (thread != null) {
            thread.join();
        }
    }

    /** Nanoseconds this loop has waited for work. From any thread. */
    public final long idleNanos() {
        return idleNanos;
    }

    /** Goes over to another epoch with the layers that are loaded. From any thread. */
    public abstract void rebind(StagePlace to);

    /** Share of the KV room that sequences hold, 0..1. From any thread. */
    public abstract double kvUsageRatio();

    /** Puts an event into the inbox. From any thread, never blocks. */
    protected final void post(E event) {
        inbox.add(new Message<>(event));
    }

    /** On the loop, before the first event. */
    protected void begin() {}

    /** On the loop: one event. */
    protected abstract void handle(E event);

    /**
     * On the loop, when the inbox is empty: does a piece of work.
     *
     * @return nanoseconds to wait for an event before asking again; 0 asks again at once
     */
    protected abstract long advance();

    /** On the loop, at its end. */
    protected abstract void end();

    private void run() {
        begin();
        boolean running = true;
        long wait = 0;
        while (running) {
            Message<E> message = take(wait);
            while (message != null && running) {
                if (message.event() == null) {
                    running = false;
                } else {
                    handle(message.event());
                    message = inbox.poll();
                }
            }
            if (running) {
                wait = advance();
            }
        }
        end();
    }

    private @Nullable Message<E> take(long waitNanos) {
        @Nullable Message<E> message = inbox.poll();
        if (message != null || waitNanos <= 0) {
            return message;
        }
        long from = System.nanoTime();
        try {
            message = inbox.poll(waitNanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            return new Message<>(null); // nobody interrupts this thread but to end it
        }
        addIdle(System.nanoTime() - from);
        return message;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // written by this one thread
    private void addIdle(long nanos) {
        idleNanos += nanos;
    }
}
