package assay.scheduler.core.queue;

import java.util.Set;

/** What a worker can do. Immutable. */
public record WorkOffer(Set<JobKind> kinds, Set<String> models) {
    public WorkOffer {
        kinds = Set.copyOf(kinds);
        models = Set.copyOf(models);
    }

    boolean serves(JobSpec job) {
        return kinds.contains(job.kind())
                && (job.model().isEmpty() || models.contains(job.model()));
    }
}
