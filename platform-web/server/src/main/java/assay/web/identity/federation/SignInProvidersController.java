package assay.web.identity.federation;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.http.JsonBody;
import assay.web.http.JsonFields;
import assay.web.http.RequestId;
import assay.web.http.Versions;
import assay.web.identity.Caller;
import assay.web.identity.CurrentCaller;
import assay.web.identity.Permission;
import assay.web.identity.RoleMapping;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The providers that a tenant trusts, over REST. */
@RestController
@RequestMapping(IdentityProviders.PATH)
class SignInProvidersController {
    private static final int BODY_BYTES = 256 * 1024;
    private static final Set<String> FIELDS =
            Set.of(
                    "name",
                    "issuer",
                    "client_id",
                    "client_secret",
                    "scopes",
                    "groups_claim",
                    "default_role",
                    "mapping",
                    "inner_network",
                    "enabled");

    private final IdentityProviders providers;
    private final CurrentCaller callers;

    SignInProvidersController(IdentityProviders providers, CurrentCaller callers) {
        this.providers = providers;
        this.callers = callers;
    }

    @GetMapping
    ObjectNode list() {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        var list = node.putArray("providers");
        providers.list(callers.required()).forEach(each -> list.add(json(each)));
        return node;
    }

    @GetMapping("/{id}")
    ResponseEntity<ObjectNode> find(@PathVariable String id) {
        return answer(ResponseEntity.ok(), providers.find(callers.required(), uuid(id)));
    }

    @PostMapping
    ResponseEntity<ObjectNode> create(HttpServletRequest request) throws IOException {
        Caller caller = manager();
        var made =
                providers.create(
                        caller, RequestId.of(request), read(JsonBody.read(request, BODY_BYTES)));
        return answer(
                ResponseEntity.created(URI.create(IdentityProviders.PATH + "/" + made.id())), made);
    }

    @PutMapping("/{id}")
    ResponseEntity<ObjectNode> update(@PathVariable String id, HttpServletRequest request)
            throws IOException {
        Caller caller = manager();
        UUID known = uuid(id);
        long seen = Versions.seen(request);
        return answer(
                ResponseEntity.ok(),
                providers.update(
                        caller,
                        RequestId.of(request),
                        known,
                        seen,
                        read(JsonBody.read(request, BODY_BYTES))));
    }

    @DeleteMapping("/{id}")
    ResponseEntity<Void> remove(@PathVariable String id, HttpServletRequest request) {
        UUID known = uuid(id);
        providers.remove(callers.required(), RequestId.of(request), known, Versions.seen(request));
        return ResponseEntity.noContent().build();
    }

    /** Asks the issuer, changes nothing, leaves no record. */
    @PostMapping("/test")
    ObjectNode test(HttpServletRequest request) throws IOException {
        Caller caller = manager();
        var fields =
                JsonFields.of(
                        JsonBody.read(request, BODY_BYTES), Set.of("issuer", "inner_network"));
        String issuer = fields.required("issuer");
        boolean inner = fields.flag("inner_network", false);
        fields.done();
        Discovered found = providers.test(caller, issuer, inner);
        ObjectNode node =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("issuer", found.issuer())
                        .put("authorization_endpoint", found.authorizationEndpoint())
                        .put("token_endpoint", found.tokenEndpoint())
                        .put("jwks_uri", found.jwksUri());
        var scopes = node.putArray("scopes");
        found.scopes().forEach(scopes::add);
        return node;
    }

    /** Rights go before the body: who may change nothing learns nothing of its rules. */
    private Caller manager() {
        Caller caller = callers.required();
        caller.require(Permission.USER_MANAGE);
        return caller;
    }

    private static ProviderSpec read(ObjectNode body) {
        var fields = JsonFields.of(body, FIELDS);
        String secret = body.has("client_secret") ? fields.text("client_secret", "") : null;
        String role = fields.text("default_role", "");
        String name = fields.required("name");
        String issuer = fields.required("issuer");
        String clientId = fields.required("client_id");
        var scopes = fields.texts("scopes");
        String claim = fields.text("groups_claim", "groups");
        boolean inner = fields.flag("inner_network", false);
        boolean enabled = fields.flag("enabled", true);
        fields.done();
        return new ProviderSpec(
                name,
                issuer,
                clientId,
                secret,
                scopes,
                claim,
                RoleMapping.of(body.get("mapping"), role.isEmpty() ? null : role),
                inner,
                enabled);
    }

    private static ResponseEntity<ObjectNode> answer(
            ResponseEntity.BodyBuilder builder, IdentityProvider provider) {
        return builder.eTag(Versions.etag(provider.version())).body(json(provider));
    }

    private static ObjectNode json(IdentityProvider provider) {
        ProviderSpec spec = provider.spec();
        ObjectNode node =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("id", provider.id().toString())
                        .put("name", spec.name())
                        .put("issuer", spec.issuer())
                        .put("client_id", spec.clientId());
        var scopes = node.putArray("scopes");
        spec.scopes().forEach(scopes::add);
        node.put("groups_claim", spec.groupsClaim())
                .put("default_role", spec.mapping().defaultRole())
                .put("inner_network", spec.innerNetwork())
                .put("enabled", spec.enabled())
                .put("redirect_path", "/sign-in/from/" + provider.id())
                .put("version", provider.version());
        node.set("mapping", spec.mapping().json());
        return node;
    }

    private static UUID uuid(String id) {
        try {
            return UUID.fromString(id);
        } catch (IllegalArgumentException e) {
            throw new WebException(ErrorCode.NOT_FOUND, "no such provider", Map.of(), null, e);
        }
    }
}
