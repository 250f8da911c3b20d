package assay.web.deployments;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.WebSettings;
import assay.web.audit.AuditedChanges;
import assay.web.http.JsonBody;
import assay.web.http.RequestId;
import assay.web.identity.Caller;
import assay.web.identity.CurrentCaller;
import assay.web.identity.Permission;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** What shall run, over REST. */
@RestController
@RequestMapping(DeploymentsController.PATH)
class DeploymentsController {
    static final String PATH = "/api/v1/admin/deployments";

    private final Deployments deployments;
    private final CurrentCaller callers;
    private final AuditedChanges changes;
    private final int maxBytes;

    DeploymentsController(
            Deployments deployments,
            AuditedChanges changes,
            CurrentCaller callers,
            WebSettings settings) {
        this.deployments = deployments;
        this.changes = changes;
        this.callers = callers;
        this.maxBytes = settings.serving().requestBytes();
    }

    @GetMapping
    Map<String, Object> list() {
        List<Map<String, Object>> all =
                deployments.list(callers.required()).stream().map(DeploymentJson::of).toList();
        return Map.of("deployments", all);
    }

    @GetMapping("/{name}")
    Map<String, Object> find(@PathVariable String name) {
        return deployments
                .find(callers.required(), name)
                .map(DeploymentJson::of)
                .orElseThrow(() -> new WebException(ErrorCode.NOT_FOUND, "no such deployment"));
    }

    @PostMapping
    ResponseEntity<Map<String, Object>> create(HttpServletRequest request) throws IOException {
        var caller = callers.required();
        var spec = read(caller, request, null);
        var applied = deployments.apply(caller, RequestId.of(request), spec);
        return ResponseEntity.created(URI.create(PATH + "/" + spec.name()))
                .body(DeploymentJson.of(applied));
    }

    @PutMapping("/{name}")
    Map<String, Object> change(@PathVariable String name, HttpServletRequest request)
            throws IOException {
        var caller = callers.required();
        var spec = read(caller, request, name);
        return DeploymentJson.of(deployments.apply(caller, RequestId.of(request), spec));
    }

    /** Moves nothing, so it leaves no record. */
    @PostMapping("/plan")
    Map<String, Object> plan(HttpServletRequest request) throws IOException {
        var caller = callers.required();
        caller.require(Permission.DEPLOYMENT_MANAGE);
        var spec = DeploymentBody.read(JsonBody.read(request, maxBytes), null);
        return DeploymentJson.of(deployments.plan(caller, spec));
    }

    /** Rights go before the body: who may not change anything learns nothing of its rules. */
    private DeploymentSpec read(Caller caller, HttpServletRequest request, @Nullable String name)
            throws IOException {
        var change =
                new AuditedChanges.Change(
                        caller,
                        RequestId.of(request),
                        "deployment.apply",
                        "deployment",
                        name == null ? "" : name,
                        request.getMethod(),
                        request.getRequestURI(),
                        Map.of());
        return changes.prepare(
                change,
                () -> {
                    caller.require(Permission.DEPLOYMENT_MANAGE);
                    return DeploymentBody.read(JsonBody.read(request, maxBytes), name);
                });
    }

    @DeleteMapping("/{name}")
    ResponseEntity<Void> remove(@PathVariable String name, HttpServletRequest request) {
        deployments.remove(callers.required(), RequestId.of(request), name);
        return ResponseEntity.noContent().build();
    }
}
