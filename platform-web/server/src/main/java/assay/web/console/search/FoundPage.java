package assay.web.console.search;

import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A part of what was found, the newest first.
 *
 * @param older finds the next part; null if there is none
 * @param partly says how far was looked, where that was not far enough to fill the page; else null
 */
public record FoundPage<R>(
        List<R> found, @Nullable Supplier<FoundPage<R>> older, @Nullable String partly) {
    public FoundPage {
        found = List.copyOf(found);
    }
}
