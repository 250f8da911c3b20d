package assay.scheduler.core.reconcile;

import assay.scheduler.core.cluster.Reason;
import assay.scheduler.core.cluster.Reason.Code;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Goals: requests do not wait, and nothing runs for nobody.
 *
 * <p>Hard constraints: never below the minimum nor above the maximum; one step within a cooldown.
 *
 * <p>Algorithm: one more when a request waits longer than the rule allows or the caches are fuller;
 * one less when all figures have been below half of that for a whole cooldown; none when there was
 * no request for the idle time. The gap between the thresholds keeps it from swinging. Stateless:
 * the deployment keeps what it must remember.
 */
final class Scaler {
    /** Figures older than this say nothing. */
    private static final Duration FRESH = Duration.ofSeconds(5);

    private static final double LOW = 0.5;

    private Scaler() {}

    /** Another number, with the reason. */
    record Step(int wanted, Reason reason) {}

    /** What the replicas of a deployment tell together. */
    private record Load(boolean told, boolean busy, Duration queueWait, double kvUse) {}

    static Optional<Step> step(Deployment deployment, List<Replica> replicas, Instant now) {
        Optional<Scaling> rule = deployment.order.scaling();
        if (rule.isEmpty()) {
            return Optional.empty();
        }
        Scaling scaling = rule.get();
        Load load = load(replicas, now);
        if (load.busy()) {
            deployment.busyAt = now;
        }
        if (!isLow(load, scaling)) {
            deployment.lowSince = now;
        }
        boolean cool = !now.isBefore(deployment.steppedAt.plus(scaling.cooldown()));
        int wanted = deployment.wanted;
        if (isHigh(load, scaling) && wanted < scaling.max() && cool) {
            return Optional.of(
                    new Step(
                            wanted + 1,
                            Reason.of(
                                    Code.BUSY,
                                    load.queueWait().toMillis(),
                                    Math.round(100 * load.kvUse()))));
        }
        boolean idle = !now.isBefore(deployment.busyAt.plus(scaling.idle()));
        if (scaling.min() == 0 && wanted > 0 && idle) {
            return Optional.of(new Step(0, Reason.of(Code.IDLE, scaling.idle().toSeconds())));
        }
        boolean low = !now.isBefore(deployment.lowSince.plus(scaling.cooldown()));
        if (wanted > Math.max(1, scaling.min()) && cool && low && load.told()) {
            return Optional.of(
                    new Step(
                            wanted - 1,
                            Reason.of(Code.LITTLE_TO_DO, scaling.cooldown().toSeconds())));
        }
        return Optional.empty();
    }

    private static Load load(List<Replica> replicas, Instant now) {
        var wait = Duration.ZERO;
        boolean busy = false;
        double used = 0;
        int told = 0;
        for (Replica replica : replicas) {
            Optional<ReplicaUse> use = replica.use(now, FRESH);
            if (use.isPresent()) {
                told++;
                busy |= !use.get().isIdle();
                used += use.get().kvUse();
                Duration queued = replica.queueWait(now);
                wait = wait.compareTo(queued) < 0 ? queued : wait;
            }
        }
        return new Load(told > 0, busy, wait, told == 0 ? 0 : used / told);
    }

    private static boolean isHigh(Load load, Scaling scaling) {
        boolean waits =
                scaling.queueWait().isPositive()
                        && load.queueWait().compareTo(scaling.queueWait()) > 0;
        return waits || (scaling.kvUse() > 0 && load.kvUse() > scaling.kvUse());
    }

    private static boolean isLow(Load load, Scaling scaling) {
        boolean brief =
                !scaling.queueWait().isPositive()
                        || load.queueWait().toNanos() <= LOW * scaling.queueWait().toNanos();
        return brief && (scaling.kvUse() == 0 || load.kvUse() <= LOW * scaling.kvUse());
    }
}
