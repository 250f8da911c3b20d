package assay.web.console.part;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.HtmlContainer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Cards for things that come, change and go: each thing keeps its card, so that a picture each
 * second neither flickers nor takes the focus away.
 *
 * @param <V> the thing
 * @param <C> its card
 */
public class Keyed<V, C extends Component> extends HtmlContainer {
    private static final long serialVersionUID = 1L;

    private final Map<String, C> cards = new HashMap<>();
    private final transient Function<V, String> key;
    private final transient Supplier<C> maker;
    private final transient BiConsumer<C, V> update;

    public Keyed(String css, Function<V, String> key, Supplier<C> maker, BiConsumer<C, V> update) {
        this("div", css, key, maker, update);
    }

    /**
     * @param tag of the element that holds the cards: {@code "tbody"} where they are rows
     */
    public Keyed(
            String tag,
            String css,
            Function<V, String> key,
            Supplier<C> maker,
            BiConsumer<C, V> update) {
        super(tag);
        if (!css.isEmpty()) {
            setClassName(css);
        }
        this.key = key;
        this.maker = maker;
        this.update = update;
    }

    /** Shows these things in this order and no others. */
    public void show(List<V> things) {
        var gone = new HashSet<>(cards.keySet());
        int index = 0;
        for (V thing : things) {
            String id = key.apply(thing);
            gone.remove(id);
            C card = cards.computeIfAbsent(id, _ -> maker.get());
            if (card.getParent().isEmpty() || indexOf(card) != index) {
                addComponentAtIndex(index, card);
            }
            update.accept(card, thing);
            index++;
        }
        for (String id : gone) {
            C card = cards.remove(id);
            if (card != null) {
                remove(card);
            }
        }
    }
}
