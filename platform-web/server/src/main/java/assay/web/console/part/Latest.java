package assay.web.console.part;

import com.vaadin.flow.component.UI;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Brings values of other threads into a UI, and only the newest: while the UI is busy, what is
 * overtaken is dropped, so a slow browser holds nothing up. Thread-safe.
 *
 * @param <T> a whole picture, never a difference
 */
public final class Latest<T> implements Consumer<T> {
    private final AtomicReference<@Nullable T> waiting = new AtomicReference<>();
    private final UI ui;
    private final Consumer<T> show;

    /**
     * @param show runs under the UI's lock; not called once the UI is gone
     */
    public Latest(UI ui, Consumer<T> show) {
        this.ui = ui;
        this.show = show;
    }

    @Override
    public void accept(T value) {
        if (waiting.getAndSet(value) == null) {
            ui.accessLater(this::drain, () -> waiting.set(null)).run();
        }
    }

    private void drain() {
        @Nullable T value = waiting.getAndSet(null);
        if (value != null) {
            show.accept(value);
        }
    }
}
