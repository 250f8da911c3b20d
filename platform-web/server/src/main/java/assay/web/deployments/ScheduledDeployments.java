package assay.web.deployments;

import assay.scheduler.v1.DeploymentsGrpc;
import assay.scheduler.v1.ListRequest;
import assay.scheduler.v1.RemoveRequest;
import assay.web.WebException;
import assay.web.audit.AuditedChanges;
import assay.web.audit.AuditedChanges.Change;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.limits.LimitKind;
import assay.web.limits.QuotaBook;
import assay.web.models.ModelCatalog;
import assay.web.models.RegisteredModel;
import assay.web.peer.SchedulerCalls;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** The deployments that the scheduler has. Thread-safe. */
@Component
class ScheduledDeployments implements Deployments {
    private final SchedulerCalls scheduler;
    private final AuditedChanges changes;
    private final ModelCatalog models;
    private final QuotaBook quotas;

    ScheduledDeployments(
            SchedulerCalls scheduler,
            AuditedChanges changes,
            ModelCatalog models,
            QuotaBook quotas) {
        this.scheduler = scheduler;
        this.changes = changes;
        this.models = models;
        this.quotas = quotas;
    }

    @Override
    public List<Deployment> list(Caller caller) {
        caller.require(Permission.DEPLOYMENT_READ);
        return scheduler
                .ask(
                        DeploymentsGrpc::newBlockingStub,
                        stub -> stub.list(ListRequest.getDefaultInstance()))
                .getDeploymentsList()
                .stream()
                .map(Wire::deployment)
                .sorted(Comparator.comparing(each -> each.spec().name()))
                .toList();
    }

    @Override
    public Optional<Deployment> find(Caller caller, String name) {
        return list(caller).stream().filter(each -> each.spec().name().equals(name)).findFirst();
    }

    @Override
    public List<RegisteredModel> versions(Caller caller) {
        caller.require(Permission.MODEL_READ);
        return models.all();
    }

    @Override
    public Plan plan(Caller caller, DeploymentSpec spec) {
        caller.require(Permission.DEPLOYMENT_MANAGE);
        return Wire.plan(
                scheduler.ask(
                        DeploymentsGrpc::newBlockingStub,
                        stub -> stub.plan(Wire.request(bounded(spec)))));
    }

    @Override
    public Deployment apply(Caller caller, String requestId, DeploymentSpec spec) {
        var details =
                Map.<String, Object>of(
                        "model", spec.model(),
                        "version", spec.version(),
                        "replicas", spec.replicas(),
                        "stages", spec.stages(),
                        "priority", spec.priority());
        return changes.run(
                change(caller, requestId, "apply", "PUT", spec.name(), details),
                () -> {
                    caller.require(Permission.DEPLOYMENT_MANAGE);
                    return Wire.deployment(
                            scheduler.ask(
                                    DeploymentsGrpc::newBlockingStub,
                                    stub -> stub.apply(Wire.request(bounded(spec)))));
                });
    }

    /** Within the GPUs that the tenant may hold; the order may say less, never more. */
    private DeploymentSpec bounded(DeploymentSpec spec) {
        var rules = spec.rules();
        if (rules.tenant().isEmpty()) {
            return spec;
        }
        return quotas.bound(rules.tenant(), LimitKind.GPUS)
                .map(gpus -> {
                    if (gpus == 0) {
                        throw WebException.invalid(
                                "rules.tenant", "the tenant may hold no GPU (its limit is 0)");
                    }
                    int bound = (int) Math.min(gpus, Integer.MAX_VALUE);
                    int asked = rules.tenantGpuQuota();
                    return spec.withTenantGpus(asked == 0 ? bound : Math.min(asked, bound));
                })
                .orElse(spec);
    }

    @Override
    public void remove(Caller caller, String requestId, String name) {
        var _ =
                changes.run(
                        change(caller, requestId, "remove", "DELETE", name, Map.of()),
                        () -> {
                            caller.require(Permission.DEPLOYMENT_MANAGE);
                            return scheduler.ask(
                                    DeploymentsGrpc::newBlockingStub,
                                    stub ->
                                            stub.remove(
                                                    RemoveRequest.newBuilder()
                                                            .setName(name)
                                                            .build()));
                        });
    }

    private static Change change(
            Caller caller,
            String requestId,
            String verb,
            String method,
            String name,
            Map<String, Object> details) {
        return new Change(
                caller,
                requestId,
                "deployment." + verb,
                "deployment",
                name,
                method,
                DeploymentsController.PATH + "/" + name,
                details);
    }
}
