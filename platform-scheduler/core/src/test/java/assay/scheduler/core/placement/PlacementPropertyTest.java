package assay.scheduler.core.placement;

import static org.assertj.core.api.Assertions.assertThat;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.DeviceId;
import assay.scheduler.core.cluster.NodeSnapshot;
import assay.scheduler.core.cluster.PlacementDecision.Placed;
import org.junit.jupiter.api.Test;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

class PlacementPropertyTest {
    @Test
    void neverBooksMoreThanThereIs() {
        int placedInAll = 0;
        for (int seed = 0; seed < 200; seed++) {
            var random = new Random(seed);
            List<NodeSnapshot> nodes = randomNodes(random);
            Fleet fleet = Specs.fleet(nodes);
            var placement = new BalancedPlacement();
            for (int wish = 0; wish < 12; wish++) {
                DeploymentSpec spec = randomSpec(random);
                var spread =
                        random.nextBoolean()
                                ? Placement.Spread.APART
                                : Placement.Spread.APART_IF_POSSIBLE;
                var question = new Wish(spec, Specs.replica(wish));
                if (placement.place(question.spread(spread), fleet) instanceof Placed placed) {
                    fleet.book(question.replica(), spec, placed.stages());
                    placedInAll++;
                    check(nodes, fleet, "seed " + seed);
                    assertThat(placed.stages().getFirst().layers().first()).isZero();
                    assertThat(placed.stages().getLast().layers().end())
                            .isEqualTo(spec.layout().layerCount());
                }
            }
        }
        assertThat(placedInAll).isGreaterThan(300);
    }

    private static void check(List<NodeSnapshot> nodes, Fleet fleet, String seed) {
        for (NodeSnapshot node : nodes) {
            for (var device : node.devices()) {
                assertThat(fleet.booked(new DeviceId(node.id(), device.name())))
                        .as(seed)
                        .isLessThanOrEqualTo(device.capacity());
            }
        }
    }

    private static List<NodeSnapshot> randomNodes(Random random) {
        var nodes = new ArrayList<NodeSnapshot>();
        for (int number = 1; number <= 1 + random.nextInt(6); number++) {
            nodes.add(Specs.node(number, random.longs(1 + random.nextInt(3), 0, 20_000).toArray()));
        }
        return nodes;
    }

    private static DeploymentSpec randomSpec(Random random) {
        var layers = new ArrayList<Bytes>();
        for (int layer = 0; layer <= random.nextInt(10); layer++) {
            layers.add(Bytes.of(random.nextInt(2_000)));
        }
        return Specs.deployment(
                layers,
                random.nextInt(3_000),
                random.nextInt(3_000),
                random.nextInt(20),
                random.nextInt(layers.size() + 1));
    }
}
