package assay.scheduler.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import assay.db.TestDatabase;
import assay.scheduler.server.RunningScheduler.Waiting;
import assay.scheduler.v1.GetJobRequest;
import assay.scheduler.v1.ItemError;
import assay.scheduler.v1.ItemFailure;
import assay.scheduler.v1.ItemReturn;
import assay.scheduler.v1.ItemState;
import assay.scheduler.v1.Job;
import assay.scheduler.v1.JobHeader;
import assay.scheduler.v1.JobItem;
import assay.scheduler.v1.JobItems;
import assay.scheduler.v1.JobKind;
import assay.scheduler.v1.JobOwner;
import assay.scheduler.v1.JobRequest;
import assay.scheduler.v1.JobResult;
import assay.scheduler.v1.JobResultsRequest;
import assay.scheduler.v1.JobState;
import assay.scheduler.v1.JobWaitReason;
import assay.scheduler.v1.JobsGrpc;
import assay.scheduler.v1.LeaseSettled;
import assay.scheduler.v1.ListJobsRequest;
import assay.scheduler.v1.ListTenantSharesRequest;
import assay.scheduler.v1.RetryDeadRequest;
import assay.scheduler.v1.SubmitJobReply;
import assay.scheduler.v1.SubmitJobRequest;
import assay.scheduler.v1.TenantShare;
import assay.scheduler.v1.WorkMessage;
import assay.scheduler.v1.WorkerMessage;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Batch jobs over real gRPC and a real PostgreSQL, with gateways that only pretend to work. */
class JobsIT {
    private static final String GATEWAY = "gateway-token-of-more-than-32-characters";
    private static final String OTHER = "another-token-of-more-than-32-characters";
    private static final String NODE = "node-a-token-of-more-than-32-characters";
    @TempDir static Path folder;

    private static TestDatabase database;
    private static JdbcClient rows;

    @SuppressWarnings("NullAway.Init") // there once startEverything has run
    private static RunningScheduler scheduler;

    private static Peer gateway;
    private static Peer other;
    private static ManagedChannel channel;
    private static long tenantCount;

    private final List<FakeWorker> workers = new ArrayList<>();

    /** Of this test alone, as its model is: what other tests left over is not in its way. */
    private final List<UUID> tenants = new ArrayList<>();

    private String model = "";

    @BeforeAll
    static void startEverything() throws IOException, GeneralSecurityException {
        database = TestDatabase.start();
        rows = JdbcClient.create(database.superuser());
        RunningScheduler.offerTokens(
                folder, "gateway " + GATEWAY, "gateway " + OTHER, "node " + NODE);
        start();
        gateway = Peer.enroll(scheduler, GATEWAY, "web");
        other = Peer.enroll(scheduler, OTHER, "web2");
        channel = gateway.channel(scheduler);
    }

    private static void start() throws IOException {
        scheduler =
                RunningScheduler.start(
                        database,
                        folder,
                        "--assay.scheduler.jobs.lease-time=2s",
                        "--assay.scheduler.jobs.first-retry=100ms");
    }

    private static void restart() throws IOException {
        channel.shutdownNow();
        scheduler.close();
        start();
        channel = gateway.channel(scheduler);
    }

    @AfterAll
    static void stopEverything() {
        channel.shutdownNow();
        scheduler.close();
        database.close();
        assertThat(scheduler.lastWords()).isEmpty();
    }

    @BeforeEach
    void haveTenants() {
        for (int tenant = 0; tenant < 3; tenant++) {
            tenants.add(new UUID(9, ++tenantCount));
            rows.sql("insert into tenants (id, slug, name) values (:id, :slug, 'T')")
                    .param("id", tenants.getLast())
                    .param("slug", "t" + tenantCount)
                    .update();
        }
        model = "proofs-" + tenantCount;
    }

    @AfterEach
    void stopWorkers() {
        workers.forEach(FakeWorker::close);
    }

    @Test
    void tenantsGetTheirSharesAndNothingIsLostOrDoneTwiceThoughSchedulerAndGatewayDie()
            throws IOException {
        int items = 1_500;
        var jobs = new ArrayList<Job>();
        for (int tenant = 0; tenant < 3; tenant++) {
            share(tenant, 1 << tenant, 0);
            jobs.add(submit(header(tenant, "job"), items(items)).getJob());
        }
        FakeWorker one = connect(gateway, 12, FakeWorker::done);
        FakeWorker two = connect(other, 8, FakeWorker::done);
        Waiting.until("500 items", () -> acknowledged(one, two) >= 500);

        two.kill();
        Waiting.until("1000 items", () -> acknowledged(one, two) >= 1_000);
        two.connect(scheduler);
        Waiting.until("1500 items", () -> acknowledged(one, two) >= 1_500);

        // Another scheduler takes over while this one still acts: its writes are refused.
        rows.sql("update leases set epoch = epoch + 1").update();
        Waiting.until("the end of the scheduler", () -> !scheduler.lastWords().isEmpty());
        assertThat(scheduler.lastWords().getFirst()).contains("another scheduler");
        one.die();
        two.die();
        restart();
        one.connect(scheduler);
        two.connect(scheduler);

        Waiting.until("3000 items", () -> acknowledged(one, two) >= 3_000);
        Waiting.until("all items", () -> doneRows() == 3L * items);
        checkShares(items);
        checkOnce(jobs, one, two);
    }

    /** Asks nobody, so that waiting takes nothing from the work. */
    private static int acknowledged(FakeWorker... of) {
        return Stream.of(of).mapToInt(worker -> worker.stored().size()).sum();
    }

    /** What is stored as done, of this test, the cheapest way. */
    private long doneRows() {
        return rows.sql("select sum(done) from batch_jobs where model = :model")
                .param("model", model)
                .query(Long.class)
                .single();
    }

    /** Until the heaviest tenant had done nine tenths: the last ones may wait for another try. */
    private void checkShares(int items) {
        int heaviest = items * 9 / 10;
        for (int tenant = 0; tenant < 3; tenant++) {
            long done =
                    rows.sql(
                                    """
                                    select count(*) from batch_items where tenant_id = :tenant
                                    and ended_at <= (select ended_at from batch_items
                                        where tenant_id = :heaviest
                                        order by ended_at offset :offset limit 1)
                                    """)
                            .param("tenant", tenants.get(tenant))
                            .param("heaviest", tenants.get(2))
                            .param("offset", heaviest)
                            .query(Long.class)
                            .single();
            double fair = heaviest * (1 << tenant) / 4.0;
            assertThat(done / fair).as("tenant %d", tenant).isCloseTo(1, within(0.05));
        }
    }

    private void checkOnce(List<Job> jobs, FakeWorker... of) {
        for (Job job : jobs) {
            assertThat(get(job).getState()).isEqualTo(JobState.JOB_STATE_FINISHED);
            List<JobResult> results = results(job);
            assertThat(results).hasSize((int) job.getCounts().getTotal());
            for (int index = 0; index < results.size(); index++) {
                JobResult result = results.get(index);
                assertThat(result.getIndex()).isEqualTo(index);
                assertThat(result.getItemId()).isEqualTo("item-" + index);
                assertThat(result.getOutputJson()).contains("\"item-" + index + "\"");
            }
        }
        var acknowledged = new HashSet<String>();
        for (FakeWorker worker : of) {
            worker.stored()
                    .forEach((lease, output) ->
                            assertThat(acknowledged.add(lease.getJobId() + "/" + lease.getIndex()))
                                    .as("acknowledged once: %s", lease)
                                    .isTrue());
        }
    }

    @Test
    void aResultOfALostLeaseIsRefusedAndOneThatIsSaidAgainIsStoredOnce() throws IOException {
        Job job = submit(header(0, "job"), items(2)).getJob();
        FakeWorker slow = connect(gateway, 2, it -> null);
        Waiting.until("two leases", () -> slow.given().size() == 2);
        FakeWorker.Given first = slow.given().poll();
        FakeWorker.Given second = slow.given().poll();

        slow.end(first, FakeWorker.done(first));
        awaitSettled(slow, LeaseSettled.Outcome.OUTCOME_STORED);
        slow.say(FakeWorker.done(first));
        awaitSettled(slow, LeaseSettled.Outcome.OUTCOME_STORED);

        slow.die();
        FakeWorker quick = connect(other, 2, FakeWorker::done);
        Waiting.until("the lease to run out", () -> done(List.of(job)) == 2);
        assertThat(quick.given())
                .singleElement()
                .satisfies(it -> assertThat(it.item().getAttempt()).isEqualTo(2));
        slow.connect(scheduler);
        awaitHeard(slow, it -> it.hasWelcome() && it.getWelcome().getGoneCount() == 1);
        slow.say(FakeWorker.done(second));
        awaitSettled(slow, LeaseSettled.Outcome.OUTCOME_REFUSED);
        assertThat(results(job)).extracting(JobResult::getAttempts).containsExactly(1, 2);
    }

    @Test
    void aGatewayThatComesBackWithoutItsLeasesLosesThemAtOnce() throws IOException {
        submit(header(0, "job"), items(1));
        FakeWorker worker = connect(gateway, 1, it -> null);
        Waiting.until("a lease", () -> worker.given().size() == 1);
        worker.kill();
        Instant before = Instant.now();
        worker.connect(scheduler);
        Waiting.until("the item again", () -> worker.given().size() == 2);
        assertThat(before.plusMillis(1_500)).as("not a lease time").isAfter(Instant.now());
    }

    @Test
    void leasesThatAreRenewedOutliveTheSchedulerAndItsLeaseTime() throws IOException {
        Job job = submit(header(0, "job"), items(1)).getJob();
        FakeWorker worker = connect(gateway, 1, it -> null);
        Waiting.until("a lease", () -> worker.given().size() == 1);
        FakeWorker.Given it = worker.given().peek();
        worker.die();
        restart();
        worker.connect(scheduler);
        worker.end(it, FakeWorker.done(it));
        awaitSettled(worker, LeaseSettled.Outcome.OUTCOME_STORED);
        assertThat(get(job).getState()).isEqualTo(JobState.JOB_STATE_FINISHED);
        assertThat(results(job)).extracting(JobResult::getAttempts).containsExactly(1);
    }

    @Test
    void aPausedJobWaitsAndACancelledOneIsCalledBack() throws IOException {
        Job job = submit(header(0, "job"), items(5)).getJob();
        assertThat(get(job).getReason()).isEqualTo(JobWaitReason.JOB_WAIT_REASON_NO_WORKER);
        assertThat(jobs().pause(request(job)).getState()).isEqualTo(JobState.JOB_STATE_PAUSED);
        FakeWorker worker = connect(gateway, 2, it -> null);
        awaitHeard(worker, WorkMessage::hasWelcome);
        assertThat(get(job).getReason()).isEqualTo(JobWaitReason.JOB_WAIT_REASON_PAUSED);
        jobs().resume(request(job));
        Waiting.until("two leases", () -> worker.given().size() == 2);
        FakeWorker.Given first = worker.given().peek();
        assertThat(get(job).getReason()).isEqualTo(JobWaitReason.JOB_WAIT_REASON_NO_ROOM);

        Job cancelled = jobs().cancel(request(job));
        assertThat(cancelled.getState()).isEqualTo(JobState.JOB_STATE_CANCELLED);
        assertThat(cancelled.getCounts().getDropped()).isEqualTo(5);
        awaitHeard(
                worker,
                it -> it.hasRevoked() && it.getRevoked().getReason().equals("JOB_CANCELLED"));
        worker.say(FakeWorker.done(first));
        awaitSettled(worker, LeaseSettled.Outcome.OUTCOME_REFUSED);
        assertThat(results(job))
                .extracting(JobResult::getState)
                .containsOnly(ItemState.ITEM_STATE_DROPPED);
        assertThatThrownBy(() -> jobs().resume(request(job)))
                .hasMessageContaining("FAILED_PRECONDITION")
                .hasMessageContaining("cancelled");
        assertThat(jobs().cancel(request(job)).getState()).isEqualTo(JobState.JOB_STATE_CANCELLED);
        jobs().remove(request(job));
        assertThatThrownBy(() -> get(job)).hasMessageContaining("NOT_FOUND");
    }

    @Test
    void whatIsNotDoneByTheDeadlineIsDropped() throws IOException {
        var soon = header(0, "job").toBuilder();
        soon.setDeadlineUnixMillis(Instant.now().plusMillis(1_500).toEpochMilli());
        Job job = submit(soon.build(), items(2)).getJob();
        FakeWorker worker = connect(gateway, 1, it -> null);
        Waiting.until("a lease", () -> worker.given().size() == 1);
        FakeWorker.Given it = worker.given().peek();
        worker.end(it, FakeWorker.done(it));
        awaitHeard(worker, m -> m.hasRevoked() && m.getRevoked().getReason().equals("JOB_EXPIRED"));
        Job expired = get(job);
        assertThat(expired.getState()).isEqualTo(JobState.JOB_STATE_EXPIRED);
        assertThat(expired.getCounts().getDone()).isOne();
        assertThat(expired.getCounts().getDropped()).isOne();
    }

    @Test
    void whatFailsIsTriedAgainUntilItIsADeadLetterAndCanBeCalledBack() throws IOException {
        var tries = header(0, "job").toBuilder().setMaxAttempts(3).build();
        Job job = submit(tries, items(2)).getJob();
        var failing = new boolean[] {true};
        connect(
                gateway,
                2,
                it ->
                        failing[0] && it.item().getItemId().equals("item-1")
                                ? failed(it)
                                : FakeWorker.done(it));
        Waiting.until("the end", () -> get(job).getState() == JobState.JOB_STATE_FINISHED);
        JobResult dead = results(job).getLast();
        assertThat(dead.getState()).isEqualTo(ItemState.ITEM_STATE_DEAD);
        assertThat(dead.getAttempts()).isEqualTo(3);
        assertThat(dead.getError().getCode()).isEqualTo("CONTEXT_OVERFLOW");

        failing[0] = false;
        Job again =
                jobs().retryDead(
                                RetryDeadRequest.newBuilder()
                                        .setTenantId(tenants.get(0).toString())
                                        .setJobId(job.getId())
                                        .addItemIds("item-1")
                                        .build());
        assertThat(again.getFinishedUnixMillis()).isZero();
        Waiting.until("the second end", () -> done(List.of(job)) == 2);
        assertThat(get(job).getCounts().getDead()).isZero();
    }

    private static WorkerMessage failed(FakeWorker.Given it) {
        return WorkerMessage.newBuilder()
                .setFailure(
                        ItemFailure.newBuilder()
                                .setLease(it.item().getLease())
                                .setRetryable(true)
                                .setError(
                                        ItemError.newBuilder()
                                                .setCode("CONTEXT_OVERFLOW")
                                                .setMessage("too long")))
                .build();
    }

    @Test
    void whatIsGivenBackCostsNoTry() throws IOException {
        var tries = header(0, "job").toBuilder().setMaxAttempts(1).build();
        Job job = submit(tries, items(1)).getJob();
        connect(
                gateway,
                1,
                it ->
                        it.item().getAttempt() == 1
                                ? WorkerMessage.newBuilder()
                                        .setGiveBack(
                                                ItemReturn.newBuilder()
                                                        .setLease(it.item().getLease()))
                                        .build()
                                : FakeWorker.done(it));
        Waiting.until("the end", () -> done(List.of(job)) == 1);
    }

    @Test
    void theSameKeyGivesTheSameJobAndOtherItemsUnderItAreRefused() {
        var keyed = header(0, "job").toBuilder().setJobKey("nightly").build();
        SubmitJobReply first = submit(keyed, items(3));
        SubmitJobReply second = submit(keyed, items(3));
        assertThat(first.getAlreadyKnown()).isFalse();
        assertThat(second.getAlreadyKnown()).isTrue();
        assertThat(second.getJob().getId()).isEqualTo(first.getJob().getId());
        assertThatThrownBy(() -> submit(keyed, items(4)))
                .hasMessageContaining("FAILED_PRECONDITION");
        var elsewhere = keyed.toBuilder().setTenantId(tenants.get(1).toString()).build();
        assertThat(submit(elsewhere, items(4)).getAlreadyKnown()).isFalse();
    }

    @Test
    void whatIsWrongWithASubmissionIsSaidAndNothingOfItStays() {
        var twice = List.of(item("a", "{}"), item("a", "{}"));
        assertThatThrownBy(() -> submit(header(0, "job"), twice))
                .hasMessageContaining("INVALID_ARGUMENT")
                .hasMessageContaining("items 0..1");
        assertThatThrownBy(() -> submit(header(0, "job"), List.of(item("a", "[]"))))
                .hasMessageContaining("payload of item 0");
        assertThatThrownBy(() -> submit(header(0, "job"), List.of()))
                .hasMessageContaining("items: 0");
        assertThatThrownBy(() -> submit(header(0, ""), items(1))).hasMessageContaining("name");
        var stranger = header(0, "job").toBuilder().setTenantId(new UUID(8, 8).toString());
        assertThatThrownBy(() -> submit(stranger.build(), items(1)))
                .hasMessageContaining("no such tenant");
        Waiting.until(
                "nothing to stay",
                () ->
                        rows.sql("select count(*) from batch_jobs where model = :model")
                                        .param("model", model)
                                        .query(Long.class)
                                        .single()
                                == 0);
    }

    @Test
    void jobsOfOtherTenantsAreNotThere() {
        Job job = submit(header(0, "job"), items(1)).getJob();
        JobRequest stranger =
                JobRequest.newBuilder()
                        .setTenantId(tenants.get(1).toString())
                        .setJobId(job.getId())
                        .build();
        for (Predicate<JobRequest> call :
                List.<Predicate<JobRequest>>of(
                        it -> jobs().pause(it).isInitialized(),
                        it -> jobs().cancel(it).isInitialized(),
                        it -> jobs().progress(it).isInitialized(),
                        it -> jobs().remove(it).isInitialized())) {
            assertThatThrownBy(() -> call.test(stranger)).hasMessageContaining("NOT_FOUND");
        }
        assertThat(list(1).getJobsList()).isEmpty();
        assertThat(list(0).getJobsList()).hasSize(1);
    }

    private assay.scheduler.v1.ListJobsReply list(int tenant) {
        return jobs().list(
                        ListJobsRequest.newBuilder()
                                .setTenantId(tenants.get(tenant).toString())
                                .build());
    }

    @Test
    void jobsAndResultsComeInPages() throws IOException {
        for (int job = 0; job < 5; job++) {
            submit(header(0, "job " + job), items(1));
        }
        var names = new ArrayList<String>();
        String token = "";
        do {
            var page =
                    jobs().list(
                                    ListJobsRequest.newBuilder()
                                            .setTenantId(tenants.get(0).toString())
                                            .setPageSize(2)
                                            .setPageToken(token)
                                            .build());
            page.getJobsList().forEach(it -> names.add(it.getHeader().getName()));
            token = page.getNextPageToken();
        } while (!token.isEmpty());
        assertThat(names).containsExactly("job 4", "job 3", "job 2", "job 1", "job 0");

        Job large = submit(header(1, "large"), items(30)).getJob();
        String padding = "x".repeat(300_000);
        connect(
                gateway,
                4,
                it -> {
                    var done = FakeWorker.done(it).toBuilder();
                    done.getSuccessBuilder().setOutputJson("{\"x\":\"" + padding + "\"}");
                    return done.build();
                });
        Waiting.until("the end", () -> get(large).getState() == JobState.JOB_STATE_FINISHED);
        assertThat(results(large)).hasSize(30);
        assertThat(page(large, "").getResultsCount()).as("bounded by bytes").isLessThan(10);
    }

    @Test
    void sharesAreKeptAndOnlyGatewaysAreServed() throws IOException, GeneralSecurityException {
        share(0, 2.5, 7);
        restart();
        assertThat(
                        jobs().listTenantShares(ListTenantSharesRequest.getDefaultInstance())
                                .getSharesList())
                .filteredOn(it -> it.getTenantId().equals(tenants.get(0).toString()))
                .singleElement()
                .satisfies(it -> assertThat(it.getWeight()).isEqualTo(2.5))
                .satisfies(it -> assertThat(it.getMostRunning()).isEqualTo(7));
        ManagedChannel node = Peer.enroll(scheduler, NODE, "alpha").channel(scheduler);
        assertThatThrownBy(() ->
                        JobsGrpc.newBlockingStub(node).list(ListJobsRequest.getDefaultInstance()))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessageContaining("PERMISSION_DENIED");
        node.shutdownNow();
    }

    @Test
    void aHundredThousandItemsAreTakenInAndCountedWithoutCountingRows() {
        Job job = submit(header(0, "large"), items(100_000)).getJob();
        assertThat(job.getCounts().getTotal()).isEqualTo(100_000);
        assertThat(job.getCounts().getWaiting()).isEqualTo(100_000);
        assertThat(jobs().progress(request(job)).getReason())
                .isEqualTo(JobWaitReason.JOB_WAIT_REASON_NO_WORKER);
    }

    @Test
    void progressTellsRateEndAndWeight() throws IOException {
        share(0, 3, 0);
        Job job = submit(header(0, "job"), items(1_000)).getJob();
        connect(gateway, 4, FakeWorker::done);
        Waiting.until("a rate", () -> jobs().progress(request(job)).getItemsPerSecond() > 0);
        var progress = jobs().progress(request(job));
        assertThat(progress.getTenantWeight()).isEqualTo(3);
        assertThat(progress.getCounts().getTotal()).isEqualTo(1_000);
        if (progress.getState() == JobState.JOB_STATE_ACTIVE) {
            assertThat(progress.getEtaUnixMillis())
                    .isGreaterThan(Instant.now().minusSeconds(1).toEpochMilli());
        }
        Waiting.until("the end", () -> get(job).getState() == JobState.JOB_STATE_FINISHED);
    }

    @Test
    void metricsTellClaimsEndsAndWhatWaits() throws IOException, InterruptedException {
        Job job = submit(header(0, "job"), items(3)).getJob();
        connect(gateway, 1, FakeWorker::done);
        Waiting.until("the end", () -> get(job).getState() == JobState.JOB_STATE_FINISHED);
        String metrics = scheduler.metrics();
        assertThat(metrics)
                .contains("assay_scheduler_batch_jobs{state=\"active\"}")
                .contains("assay_scheduler_batch_items{state=\"waiting\"}")
                .contains("assay_scheduler_batch_ends_total{to=\"done\"}")
                .contains("assay_scheduler_batch_ends_total{to=\"dead\"}")
                .contains("assay_scheduler_batch_leases_expired_total")
                .containsPattern("assay_scheduler_batch_claims_total [1-9]");
    }

    // ---------------------------------------------------------------- words

    private JobsGrpc.JobsBlockingStub jobs() {
        return JobsGrpc.newBlockingStub(channel);
    }

    private JobHeader header(int tenant, String name) {
        return JobHeader.newBuilder()
                .setTenantId(tenants.get(tenant).toString())
                .setName(name)
                .setOwner(JobOwner.newBuilder().setKind("user").setId("u").setName("U"))
                .setKind(JobKind.JOB_KIND_GENERATE)
                .setModel(model)
                .build();
    }

    private static JobItem item(String id, String payload) {
        return JobItem.newBuilder().setItemId(id).setPayloadJson(payload).build();
    }

    private static List<JobItem> items(int number) {
        return IntStream.range(0, number)
                .mapToObj(index -> item("item-" + index, "{\"prompt\":\"p" + index + "\"}"))
                .toList();
    }

    private SubmitJobReply submit(JobHeader header, List<JobItem> items) {
        var reply = new Received<SubmitJobReply>();
        var out = JobsGrpc.newStub(channel).submit(reply);
        out.onNext(SubmitJobRequest.newBuilder().setHeader(header).build());
        for (int from = 0; from < items.size(); from += 1_000) {
            var part = items.subList(from, Math.min(items.size(), from + 1_000));
            out.onNext(
                    SubmitJobRequest.newBuilder()
                            .setItems(JobItems.newBuilder().addAllItems(part))
                            .build());
        }
        out.onCompleted();
        return reply.single();
    }

    private void share(int tenant, double weight, int mostRunning) {
        jobs().setTenantShare(
                        TenantShare.newBuilder()
                                .setTenantId(tenants.get(tenant).toString())
                                .setWeight(weight)
                                .setMostRunning(mostRunning)
                                .build());
    }

    private FakeWorker connect(
            Peer identity, int slots, Function<FakeWorker.Given, @Nullable WorkerMessage> work)
            throws IOException {
        var worker = new FakeWorker(identity, model, slots, work);
        workers.add(worker);
        worker.connect(scheduler);
        return worker;
    }

    private static JobRequest request(Job job) {
        return JobRequest.newBuilder()
                .setTenantId(job.getHeader().getTenantId())
                .setJobId(job.getId())
                .build();
    }

    private Job get(Job job) {
        return jobs().get(
                        GetJobRequest.newBuilder()
                                .setTenantId(job.getHeader().getTenantId())
                                .setJobId(job.getId())
                                .build());
    }

    private long done(List<Job> of) {
        return of.stream().mapToLong(job -> get(job).getCounts().getDone()).sum();
    }

    private List<JobResult> results(Job job) {
        var results = new ArrayList<JobResult>();
        String cursor = "";
        do {
            var page = page(job, cursor);
            results.addAll(page.getResultsList());
            cursor = page.getNextCursor();
        } while (!cursor.isEmpty());
        return results;
    }

    private assay.scheduler.v1.JobResultsReply page(Job job, String cursor) {
        return jobs().results(
                        JobResultsRequest.newBuilder()
                                .setTenantId(job.getHeader().getTenantId())
                                .setJobId(job.getId())
                                .setCursor(cursor)
                                .setPageSize(300)
                                .build());
    }

    private static void awaitHeard(FakeWorker worker, Predicate<WorkMessage> wanted) {
        Waiting.until("a message to a gateway", () -> worker.heard().stream().anyMatch(wanted));
        worker.heard().removeIf(wanted);
    }

    private static void awaitSettled(FakeWorker worker, LeaseSettled.Outcome outcome) {
        awaitHeard(worker, it -> it.hasSettled() && it.getSettled().getOutcome() == outcome);
    }
}
