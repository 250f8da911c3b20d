package assay.agent.devices;

import assay.agent.devices.nvml.Nvml.Card;
import assay.agent.devices.nvml.Nvml.Part;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which cards CUDA lets this process use: NVML shows all of them. Source: CUDA C++ programming
 * guide, environment variables; MIG user guide, device enumeration. Immutable.
 *
 * @param names of {@code CUDA_VISIBLE_DEVICES}; empty where it is not set
 */
record VisibleGpus(Optional<List<String>> names) {
    static final String VARIABLE = "CUDA_VISIBLE_DEVICES";

    /**
     * A card, or a MIG instance of it.
     *
     * @param part the instance
     */
    record Visible(Card card, Optional<Part> part) {
        String uuid() {
            return part.map(Part::uuid).orElse(card.uuid());
        }
    }

    static VisibleGpus of(Map<String, String> environment) {
        return new VisibleGpus(
                Optional.ofNullable(environment.get(VARIABLE))
                        .map(list ->
                                Arrays.stream(list.split(",", -1)).map(String::strip).toList()));
    }

    /**
     * Those of the machine's cards that can compute here. A split card is not among them unless one
     * of its instances is named, because a process gets only one, and the agent can not choose.
     */
    List<Visible> among(List<Card> cards) {
        List<Visible> whole = cards.stream().filter(c -> !c.mig()).map(VisibleGpus::whole).toList();
        if (names.isEmpty()) {
            return whole;
        }
        List<Visible> all = new ArrayList<>(whole);
        for (Card card : cards) {
            card.parts().forEach(part -> all.add(new Visible(card, Optional.of(part))));
        }
        Set<Visible> found = new LinkedHashSet<>();
        for (String name : names.get()) {
            Optional<Visible> named = named(name, cards, all);
            if (named.isEmpty()) {
                break; // as CUDA does: what follows an unknown name is hidden
            }
            found.add(named.get());
        }
        return List.copyOf(found);
    }

    private static Optional<Visible> named(String name, List<Card> cards, List<Visible> all) {
        if (name.matches("\\d{1,4}")) {
            int index = Integer.parseInt(name);
            return Optional.of(index)
                    .filter(i -> i < cards.size() && !cards.get(i).mig())
                    .map(i -> whole(cards.get(i)));
        }
        List<Visible> matching =
                all.stream().filter(it -> !name.isEmpty() && it.uuid().startsWith(name)).toList();
        return matching.size() == 1 ? Optional.of(matching.getFirst()) : Optional.empty();
    }

    private static Visible whole(Card card) {
        return new Visible(card, Optional.empty());
    }
}
