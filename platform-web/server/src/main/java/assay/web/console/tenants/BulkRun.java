package assay.web.console.tenants;

import assay.web.WebException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * One thing after the other, each a change of its own with its own audit record: where one can not
 * be done, the others are.
 *
 * @param done what became of those that it was done to
 */
record BulkRun<T>(List<T> done, List<Refusal<T>> refused) {
    /** Why it was not done to one. */
    record Refusal<T>(T thing, WebException why) {}

    /**
     * @param deed gives the thing as it is afterwards; may throw a {@link WebException}
     */
    static <T> BulkRun<T> of(List<T> things, UnaryOperator<T> deed) {
        List<T> done = new ArrayList<>();
        List<Refusal<T>> refused = new ArrayList<>();
        for (T thing : things) {
            try {
                done.add(deed.apply(thing));
            } catch (WebException e) {
                refused.add(new Refusal<>(thing, e));
            }
        }
        return new BulkRun<>(List.copyOf(done), List.copyOf(refused));
    }
}
