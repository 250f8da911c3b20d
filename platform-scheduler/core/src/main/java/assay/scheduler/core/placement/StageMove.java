package assay.scheduler.core.placement;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.Experts;
import assay.scheduler.core.cluster.LayerRange;
import assay.scheduler.core.cluster.ModelLayout;
import assay.scheduler.core.cluster.PlacementDecision;
import assay.scheduler.core.cluster.PlacementDecision.Placed;
import assay.scheduler.core.cluster.ReplicaId;
import assay.scheduler.core.cluster.StageAssignment;
import assay.scheduler.core.cluster.StagePlan;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Finds other devices for some stages of a replica while the others stay where they are, by asking
 * a {@link Placement} for each of them as for a model of its layers alone. Stateless.
 */
public final class StageMove {
    /** Holds nothing: what the replica's other stages have booked must not count as free. */
    private static final ReplicaId NOBODY = new ReplicaId(new UUID(0, 0));

    private StageMove() {}

    /**
     * Decides without booking anything.
     *
     * @param wish of the replica; its spread is not looked at: stages keep apart where that can be
     * @param stages all that the replica has now
     * @param moving indices of those that go elsewhere
     * @param fleet as it was when the call returns
     * @return with the stages that move alone
     */
    public static PlacementDecision decide(
            Placement placement,
            Wish wish,
            List<StageAssignment> stages,
            Set<Integer> moving,
            Fleet fleet) {
        var own = fleet.booking(wish.replica());
        try {
            return decideEach(placement, wish, stages, moving, fleet);
        } finally {
            fleet.free(wish.replica());
            own.ifPresent(it -> fleet.book(it.replica(), it.spec(), it.stages()));
        }
    }

    private static PlacementDecision decideEach(
            Placement placement,
            Wish wish,
            List<StageAssignment> stages,
            Set<Integer> moving,
            Fleet fleet) {
        var held =
                new ArrayList<>(
                        stages.stream().filter(it -> !moving.contains(it.index())).toList());
        var plan = new ArrayList<StagePlan>();
        for (StageAssignment stage : stages) {
            if (!moving.contains(stage.index())) {
                continue;
            }
            fleet.book(wish.replica(), wish.spec(), held);
            Wish alone = new Wish(part(wish.spec(), stage.layers()), NOBODY).showing(wish.shown());
            var apart = new HashSet<>(wish.avoided());
            held.forEach(it -> apart.add(it.device().node()));
            PlacementDecision decision = placement.place(alone.avoiding(apart), fleet);
            if (!(decision instanceof Placed)) {
                decision = placement.place(alone.avoiding(wish.avoided()), fleet);
            }
            if (!(decision instanceof Placed placed)) {
                return decision;
            }
            StagePlan found = placed.plan().getFirst();
            StageAssignment assignment = found.assignment();
            var whole =
                    new StageAssignment(
                            stage.index(),
                            assignment.device(),
                            stage.layers(),
                            assignment.weights(),
                            assignment.resident(),
                            assignment.kv(),
                            assignment.workspace());
            held.add(whole);
            plan.add(
                    new StagePlan(
                            whole, found.step(), found.hop(), found.spare(), found.kvRoomTokens()));
        }
        return new Placed(plan, List.of());
    }

    /**
     * The layers of a stage as a model of one stage; a little too large by the logits of a last
     * one.
     */
    private static DeploymentSpec part(DeploymentSpec spec, LayerRange range) {
        ModelLayout all = spec.layout();
        boolean first = range.first() == 0;
        boolean last = range.end() == all.layerCount();
        Experts experts = all.experts();
        var layout =
                new ModelLayout(
                        first ? all.embedding() : Bytes.ZERO,
                        all.layers().subList(range.first(), range.end()),
                        last ? all.head() : Bytes.ZERO,
                        first && last && all.tied(),
                        all.caches().subList(range.first(), range.end()),
                        experts.count() == 0
                                ? Experts.NONE
                                : new Experts(
                                        experts.count(),
                                        experts.active(),
                                        experts.layers().subList(range.first(), range.end())),
                        all.hiddenSize(),
                        all.vocabularySize());
        return new DeploymentSpec(
                spec.id(),
                spec.name(),
                spec.version(),
                layout,
                spec.replicas(),
                1,
                spec.kvTokens(),
                spec.maxSequences(),
                spec.precision(),
                spec.priority(),
                spec.rules());
    }
}
