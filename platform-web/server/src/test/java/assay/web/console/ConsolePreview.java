package assay.web.console;

import assay.web.console.signin.SignInView;
import assay.web.identity.Caller;
import assay.web.identity.Denials;
import assay.web.identity.Permission;
import assay.web.identity.Role;
import assay.web.identity.federation.SignInButtons;
import assay.web.insight.ClusterInsight;
import assay.web.jobs.JobLimits;
import assay.web.jobs.JobState;
import assay.web.trail.SavedSearches;
import com.vaadin.flow.spring.annotation.EnableVaadin;
import com.vaadin.flow.spring.security.AuthenticationContext;
import com.vaadin.flow.spring.security.VaadinSecurityConfigurer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.FilterType;
import org.springframework.context.annotation.Import;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;

/**
 * The console alone, with a cluster and verifications that are played: {@code main} serves it on a
 * port of loopback, with the user admin and the password assay. It has no stereotype, so that no
 * component scan finds it.
 */
@EnableAutoConfiguration(
        excludeName = "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration")
@EnableVaadin("assay.web.console")
@ComponentScan(
        basePackages = "assay.web.console",
        excludeFilters = {
            @ComponentScan.Filter(
                    type = FilterType.ASSIGNABLE_TYPE,
                    classes = CurrentVisitor.class),
            // What they show only a database has.
            @ComponentScan.Filter(
                    type = FilterType.REGEX,
                    pattern = "assay\\.web\\.console\\.account\\.(Passkey|LinkedSignIn)Section")
        })
@Import(ClusterInsight.class)
class ConsolePreview {
    private static final UUID TENANT = UUID.fromString("00000000-0000-0000-0000-000000000001");

    public static void main(String[] arguments) {
        var application = new SpringApplication(ConsolePreview.class);
        application.setDefaultProperties(
                Map.of(
                        "server.address", "127.0.0.1",
                        "vaadin.productionMode", "true",
                        "management.endpoints.enabled-by-default", "false"));
        var context = application.run(arguments);
        var jobs = context.getBean(FakeJobs.class);
        jobs.put(
                FakeJobs.job(
                        "Nightly summaries", JobState.FINISHED, FakeJobs.counts(400, 398, 2, 0)));
        jobs.put(
                FakeJobs.job(
                        "theorems of chapter 3", JobState.ACTIVE, FakeJobs.counts(1200, 0, 0, 0)));
        jobs.put(FakeJobs.active("evaluation-2026-11.ndjson", 10_000, 6_420, 2));
        context.getBean(FakeTrail.class).fill(TENANT, 2_000);
        context.getBean(FakeLogs.class).fill(300);
        new Playing(context.getBean(FakeCluster.class), context.getBean(FakeVerifications.class))
                .begin(context.getEnvironment().getProperty("preview.cluster", "serving"));
    }

    @Bean
    FakeCluster cluster() {
        return new FakeCluster();
    }

    @Bean
    FakeScheduler scheduler() {
        return new FakeScheduler();
    }

    @Bean
    FakeVerifications verifications() {
        return new FakeVerifications();
    }

    @Bean
    FakeJobs jobs() {
        return new FakeJobs();
    }

    @Bean
    FakeQuotas quotas() {
        return new FakeQuotas();
    }

    @Bean
    FakeTrail trail() {
        return new FakeTrail();
    }

    @Bean
    FakeLogs logs() {
        return new FakeLogs();
    }

    @Bean
    SavedSearches savedSearches(FakeTrail trail) {
        return trail.searches();
    }

    @Bean
    FakeAccount account() {
        return new FakeAccount();
    }

    @Bean
    FakeLinks links() {
        return new FakeLinks();
    }

    @Bean
    JobLimits jobLimits() {
        return new JobLimits(
                1000, 4096, 1_000_000, 1, 1, Duration.ofSeconds(1), Duration.ofSeconds(1));
    }

    @Bean
    SignInButtons signInButtons() {
        return tenant -> List.of(new SignInButtons.Button(TENANT, "Example directory"));
    }

    @Bean
    InstantSource clock() {
        return InstantSource.system();
    }

    @Bean
    Denials denials() {
        return (caller, action, method, path, requestId, needed) -> {};
    }

    @Bean
    Visitor visitor(AuthenticationContext authentication) {
        return () -> {
            boolean signedIn = authentication.isAuthenticated();
            return signedIn ? operator() : caller(Caller.Kind.GUEST, "guest", Role.GUEST);
        };
    }

    @Bean
    UserDetailsService users() {
        return new InMemoryUserDetailsManager(
                User.withUsername("admin").password("{noop}assay").roles("ADMIN").build());
    }

    @Bean
    SecurityFilterChain security(HttpSecurity http) {
        return http.authorizeHttpRequests(rules ->
                        rules.requestMatchers(
                                        "/styles/**",
                                        "/components/**",
                                        "/icons/**",
                                        "/report/**",
                                        "/error")
                                .permitAll())
                .with(
                        VaadinSecurityConfigurer.vaadin(),
                        vaadin -> vaadin.loginView(SignInView.class))
                .build();
    }

    /** The administrator of the first start: he runs the platform too. */
    private static Caller operator() {
        var admin = caller(Caller.Kind.USER, "admin", Role.ADMIN);
        return new Caller(
                admin.tenantId(),
                admin.kind(),
                admin.id(),
                admin.name(),
                admin.role(),
                EnumSet.allOf(Permission.class),
                admin.sourceIp(),
                admin.userAgent());
    }

    private static Caller caller(Caller.Kind kind, String name, Role role) {
        return new Caller(
                TENANT,
                kind,
                name,
                name,
                role.name().toLowerCase(java.util.Locale.ROOT),
                role.permissions(),
                "127.0.0.1",
                null);
    }

    /** Moves both fakes on by the clock. */
    private record Playing(FakeCluster cluster, FakeVerifications verifications) {
        void begin(String state) {
            var timer = Executors.newScheduledThreadPool(1);
            var count = new long[2];
            var _ =
                    timer.scheduleAtFixedRate(
                            () -> tick(state, count), 0, 1000, TimeUnit.MILLISECONDS);
            var _ =
                    timer.scheduleAtFixedRate(
                            verifications::advance, 0, 900, TimeUnit.MILLISECONDS);
        }

        private void tick(String state, long[] count) {
            long now = System.currentTimeMillis();
            if (count[0] == 0 && state.equals("serving")) {
                // Two minutes of a past, so that the chart has something to show.
                for (int second = 118; second > 0; second--) {
                    serve(now - second * 1000L, count);
                }
            }
            switch (state) {
                case "serving" -> serve(now, count);
                case "fleet" -> {
                    if (count[0] == 0) {
                        for (int past = 290; past > 0; past--) {
                            cluster.become(FakeFleet.at(now - past * 2000L, (int) count[0]++));
                        }
                    }
                    cluster.become(FakeFleet.at(now, (int) count[0]++));
                }
                case "loading" ->
                        cluster.become(FakeCluster.loading(now, (count[0]++ % 20) / 20.0));
                case "empty" -> cluster.become(FakeCluster.empty(now));
                case "disconnected" -> {
                    if (count[0] == 0) {
                        serve(now - 95_000, count);
                    }
                    cluster.connected(false);
                }
                default -> cluster.connected(false);
            }
        }

        private void serve(long at, long[] count) {
            long n = count[0]++;
            double wave = 1 + Math.sin(n / 9.0) + 0.4 * Math.sin(n / 2.3);
            count[1] += Math.max(0, Math.round(46 * wave));
            cluster.become(FakeCluster.serving(at, count[1], (int) Math.round(2 * wave)));
        }
    }
}
