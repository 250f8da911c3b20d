package assay.web.insight;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TrendsTest {
    private static final long STEP = Trends.STEP.toMillis();

    private final Trends trends = new Trends();

    @Test
    void theNewestTenMinutesAreKeptOldestFirst() {
        for (int i = 0; i < 1000; i++) {
            trends.add(i * STEP, List.of(node("a", Node.State.READY, i / 1000.0)));
        }

        var samples = samples("a");
        assertThat(samples).hasSize(Trends.SAMPLES);
        assertThat(samples.getFirst().unixMillis()).isEqualTo((1000 - Trends.SAMPLES) * STEP);
        assertThat(samples.getLast().utilizationRatio()).isCloseTo(0.999, within());
        assertThat(samples)
                .isSortedAccordingTo((x, y) -> Long.compare(x.unixMillis(), y.unixMillis()));
        assertThat(trends.of("a").network()).hasSize(Trends.SAMPLES);
    }

    @Test
    void picturesThatAreTooCloseTogetherCountOnce() {
        for (int i = 0; i < 100; i++) {
            trends.add(i * STEP / 10, List.of(node("a", Node.State.READY, 0.5)));
        }

        assertThat(samples("a")).hasSize(10);
    }

    @Test
    void whatADeviceDoesNotTellIsNotANumber() {
        trends.add(0, List.of(node("a", Node.State.READY, 0.5)));

        assertThat(samples("a").getFirst().temperatureCelsius()).isNaN();
        assertThat(samples("a").getFirst().memoryBandwidthRatio()).isNaN();
    }

    @Test
    void aNodeThatIsAwayLeavesAGapAndIsForgottenAfterTenMinutes() {
        trends.add(0, List.of(node("a", Node.State.READY, 0.5)));
        trends.add(STEP, List.of(node("a", Node.State.LOST, 0)));
        assertThat(samples("a")).hasSize(1);
        assertThat(trends.rings()).isEqualTo(2);

        trends.add(Trends.KEPT.toMillis() + STEP, List.of());

        assertThat(trends.of("a").devices()).isEmpty();
        assertThat(trends.rings()).isZero();
    }

    @Test
    void beyondTheBoundNewDevicesHaveNoPastUntilOthersAreForgotten() {
        List<Node> many =
                IntStream.range(0, Trends.MOST_RINGS)
                        .mapToObj(i -> node("n" + i, Node.State.READY, 0.5))
                        .toList();
        trends.add(0, many);
        assertThat(trends.rings()).isEqualTo(Trends.MOST_RINGS);
        assertThat(trends.of("n" + (Trends.MOST_RINGS - 1)).devices()).isEmpty();

        long later = Trends.KEPT.toMillis() + STEP;
        trends.add(later, List.of());
        trends.add(later + STEP, List.of(node("late", Node.State.READY, 0.5)));

        assertThat(samples("late")).hasSize(1);
    }

    @Test
    void anotherSchedulersEarlierClockBeginsAnewRatherThanStandingStill() {
        trends.add(1_000_000, List.of(node("a", Node.State.READY, 0.1)));
        trends.add(500_000, List.of(node("a", Node.State.READY, 0.2)));

        assertThat(samples("a")).hasSize(2);
    }

    private List<NodeTrend.DeviceSample> samples(String node) {
        return trends.of(node).devices().getOrDefault("cpu", List.of());
    }

    private static org.assertj.core.data.Offset<Double> within() {
        return org.assertj.core.data.Offset.offset(1e-6);
    }

    private static Node node(String id, Node.State state, double use) {
        return new Node(
                id,
                id,
                "",
                state,
                Node.Duty.OPEN,
                "",
                0,
                Map.of(),
                List.of(),
                0,
                List.of(new Device("cpu", "cpu", "CPU", 100, 50, 0, use, "", "", false, null)),
                List.of(),
                new Node.Network(1, 2, 3, 4),
                0,
                "");
    }
}
