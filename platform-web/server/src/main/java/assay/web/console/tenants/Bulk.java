package assay.web.console.tenants;

import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * What can be done to several things of a list at once.
 *
 * @param id tells the things apart
 * @param name what a thing is called
 */
record Bulk<T>(Function<T, UUID> id, Function<T, String> name, List<Deed<T>> deeds) {
    Bulk {
        deeds = List.copyOf(deeds);
    }

    /**
     * One such doing.
     *
     * @param verb on its button
     * @param fits whether it can be done to the thing as it is
     * @param ask shows what is asked before it is done to those that it fits
     */
    record Deed<T>(String verb, Predicate<T> fits, Consumer<List<T>> ask) {}
}
