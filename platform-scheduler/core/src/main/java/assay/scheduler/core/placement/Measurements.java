package assay.scheduler.core.placement;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.Precision.WeightType;
import assay.scheduler.core.cluster.VersionId;
import java.util.HashMap;
import java.util.Map;

/**
 * What weights were seen to take where they were loaded, against what their files say. Confined to
 * the control loop.
 */
public final class Measurements {
    private record Key(VersionId version, WeightType weights, boolean gpu) {}

    private final Map<Key, Double> ratios = new HashMap<>();

    /**
     * Takes in what a loaded stage takes. The largest ratio that was seen counts: booking too
     * little costs a stage, booking too much costs room.
     *
     * @param filed what the files say
     * @param measured nothing is learnt from zero
     */
    void learn(VersionId version, WeightType weights, boolean gpu, Bytes filed, Bytes measured) {
        if (filed.value() > 0 && measured.value() > 0) {
            double ratio = (double) measured.value() / filed.value();
            ratios.merge(new Key(version, weights, gpu), ratio, Math::max);
        }
    }

    /** By what the bytes of the files are multiplied; 1 where nothing was measured. */
    double ratio(VersionId version, WeightType weights, boolean gpu) {
        return ratios.getOrDefault(new Key(version, weights, gpu), 1.0);
    }
}
