package assay.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import assay.v1.GenerationRequest;
import assay.v1.ModelServiceGrpc;
import assay.web.identity.Access;
import assay.web.identity.Permission;
import assay.web.identity.Role;
import assay.web.identity.TestKeys;
import assay.web.identity.account.Invitations;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Each role of one tenant tries every path, gRPC method and view with the ids of another's things:
 * nothing of it is seen, and nothing changes.
 */
class OtherTenantIT {
    /** Is in the name of all that the other tenant has. */
    private static final String MARK = "belongs-to-the-others";

    private static final String PASSWORD = "violet kettle harbour";

    /** Of the installation, not a tenant's: there the ids of a tenant's things say nothing. */
    private static final Set<String> PLATFORM =
            Set.of("node", "replica", "deployment", "job-share");

    private static final RunningGateway GATEWAY = RunningGateway.shared();
    private static final List<String> THEIR_IDS = new ArrayList<>();
    private static String home;
    private static String theirs;
    private static String theirAdmin;

    @BeforeAll
    static void anotherTenantWithOneOfEverything() {
        home = text("select id from tenants where slug = 'default'");
        theirs =
                text(
                        "insert into tenants (id, slug, name) values (gen_random_uuid(), ?, ?)"
                                + " returning id",
                        MARK + "-" + UUID.randomUUID(),
                        MARK);
        THEIR_IDS.add(theirs);
        String key = TestKeys.make(GATEWAY, theirs, EnumSet.allOf(Permission.class));
        made(key, "/keys", Map.of("scopes", List.of("model:read"), "owner", "tenant"));
        made(key, "/roles", Map.of("permissions", List.of("model:read")));
        theirAdmin = person(key, "admin", MARK + "-admin");
        made(key, "/invitations", Map.of("role", "guest"));
        made(key, "/quotas", Map.of("subject", "tenant", "limit", "tokens-per-day", "amount", 9));
        THEIR_IDS.add(
                text(
                        "insert into verifications (id, tenant_id, owner_kind, owner_id, scenario,"
                                + " state, input) values (gen_random_uuid(), ?::uuid, 'user', ?,"
                                + " 'theorem', 'failed', jsonb_build_object('statement', ?::text))"
                                + " returning id",
                        theirs,
                        id(theirAdmin),
                        MARK));
    }

    private static String text(String query, Object... parameters) {
        return String.valueOf(GATEWAY.one(query, parameters));
    }

    private static void made(String key, String path, Map<String, Object> fields) {
        var body = new java.util.HashMap<>(fields);
        if (!path.equals("/quotas")) {
            body.put("name", MARK);
        }
        var made =
                GATEWAY.post(
                        "/api/v1/admin" + path,
                        tools.jackson.databind.json.JsonMapper.shared().writeValueAsString(body),
                        key);
        assertThat(made.statusCode()).as(path + " " + made.body()).isEqualTo(201);
        THEIR_IDS.add(RunningGateway.json(made).get("id").stringValue());
    }

    /** Makes a person in the key's tenant; his user name. */
    private static String person(String key, String role, String name) {
        String username = name + "-" + UUID.randomUUID();
        var invited =
                GATEWAY.post(
                        "/api/v1/admin/invitations",
                        "{\"role\": \"%s\", \"name\": \"%s\"}".formatted(role, name),
                        key);
        String path = RunningGateway.json(invited).get("path").stringValue();
        GATEWAY.bean(Invitations.class)
                .accept(
                        path.substring(path.lastIndexOf('/') + 1),
                        new Invitations.NewPerson(username, name, PASSWORD),
                        "test",
                        "127.0.0.1",
                        "test");
        if (name.startsWith(MARK)) {
            THEIR_IDS.add(id(username));
        }
        return username;
    }

    private static String id(String username) {
        return text("select id from users where username = ?", username);
    }

    private static String key(Role role) {
        return TestKeys.make(GATEWAY, home, role.permissions());
    }

    /** All that the other tenant has, as one number. */
    private static String state() {
        return text(
                """
                select md5(string_agg(whole, '' order by whole)) from (
                    select t::text whole from tenants t where id = ?::uuid
                    union all select k::text from api_keys k where tenant_id = ?::uuid
                    union all select r::text from roles r where tenant_id = ?::uuid
                    union all select m::text from memberships m where tenant_id = ?::uuid
                    union all select i::text from invitations i where tenant_id = ?::uuid
                    union all select q::text from quotas q where tenant_id = ?::uuid
                    union all select v::text from verifications v where tenant_id = ?::uuid) rows
                """,
                theirs,
                theirs,
                theirs,
                theirs,
                theirs,
                theirs,
                theirs);
    }

    @ParameterizedTest
    @EnumSource(Role.class)
    void noPathShowsOrChangesWhatIsAnotherTenants(Role role) {
        String key = key(role);
        String before = state();
        for (Access.Endpoint endpoint : Access.endpoints()) {
            String pattern = endpoint.path().getPatternString();
            String action = endpoint.action();
            boolean platform = PLATFORM.contains(action.substring(0, action.indexOf('.')));
            if (!pattern.contains("{") || platform) {
                continue;
            }
            for (String each : THEIR_IDS) {
                var answer =
                        GATEWAY.send(
                                GATEWAY.request("http", pattern.replaceAll("\\{[^/}]*}", each), key)
                                        .header("Content-Type", "application/json")
                                        .header("If-Match", "*")
                                        .method(endpoint.method(), BodyPublishers.ofString("{}"))
                                        .build());
                assertThat(answer.statusCode())
                        .as(role + " " + endpoint.action() + " " + answer.body())
                        .isIn(
                                endpoint.method().equals("GET")
                                        ? List.of(403, 404)
                                        : List.of(403, 404, 422));
                assertThat(answer.body()).doesNotContain(MARK);
            }
        }
        assertThat(state()).isEqualTo(before);
    }

    @ParameterizedTest
    @EnumSource(Role.class)
    void noGrpcMethodKnowsAnotherTenantsThings(Role role) throws Exception {
        ManagedChannel channel =
                NettyChannelBuilder.forTarget("dns:///" + GATEWAY.address("grpc"))
                        .sslContext(
                                GrpcSslContexts.forClient()
                                        .trustManager(GATEWAY.cluster.authority.certificate())
                                        .build())
                        .build();
        try {
            for (MethodDescriptor<?, ?> method :
                    ModelServiceGrpc.getServiceDescriptor().getMethods()) {
                for (String each : THEIR_IDS) {
                    assertThat(called(channel, method, key(role), each))
                            .as(role + " " + method.getBareMethodName())
                            .isIn(Status.Code.NOT_FOUND, Status.Code.PERMISSION_DENIED);
                    assertThat(called(channel, method, each, "assay-reference"))
                            .as("an id is no key")
                            .isEqualTo(Status.Code.UNAUTHENTICATED);
                }
            }
        } finally {
            channel.shutdownNow();
        }
    }

    @SuppressWarnings("unchecked")
    private static Status.Code called(
            ManagedChannel channel, MethodDescriptor<?, ?> method, String key, String model) {
        var headers = new Metadata();
        headers.put(
                Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER),
                "Bearer " + key);
        var request =
                GenerationRequest.newBuilder()
                        .setPrompt("a b")
                        .setMaxTokens(2)
                        .setModel(model)
                        .build();
        var call = (MethodDescriptor<GenerationRequest, Object>) method;
        var with =
                io.grpc.ClientInterceptors.intercept(
                        channel, MetadataUtils.newAttachHeadersInterceptor(headers));
        var options = CallOptions.DEFAULT.withDeadlineAfter(20, TimeUnit.SECONDS);
        return catchThrowableOfType(
                        StatusRuntimeException.class,
                        () ->
                                ClientCalls.blockingServerStreamingCall(
                                                with, call, options, request)
                                        .forEachRemaining(chunk -> {}))
                .getStatus()
                .getCode();
    }

    @ParameterizedTest
    @EnumSource(Role.class)
    void noViewShowsAnotherTenantsThings(Role role) {
        String all = TestKeys.make(GATEWAY, home, EnumSet.allOf(Permission.class));
        var page = new ConsolePage(GATEWAY);
        page.signIn(person(all, role.id(), "somebody"), PASSWORD);
        for (Access.View view : Access.views()) {
            if (view.route().startsWith("sign-in")) {
                continue; // nobody's
            }
            for (String each : THEIR_IDS) {
                String path = view.route().isEmpty() ? each : view.route() + "/" + each;
                assertThat(page.open(path, "")).as(role + " " + view.route()).doesNotContain(MARK);
            }
            assertThat(page.open(view.route(), "tenant=" + theirs)).doesNotContain(MARK);
        }
    }

    @Test
    void whoBelongsThereSeesIt() {
        var page = new ConsolePage(GATEWAY);
        page.signIn(theirAdmin, PASSWORD);
        assertThat(page.open("members", "")).contains(MARK);
        assertThat(page.open("roles", "")).contains(MARK);
        assertThat(page.open("verify/" + THEIR_IDS.getLast(), "")).contains(MARK);
    }
}
