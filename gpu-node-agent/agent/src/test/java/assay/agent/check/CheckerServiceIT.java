package assay.agent.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import assay.check.v1.CheckReply;
import assay.check.v1.CheckRequest;
import assay.check.v1.CheckerGrpc;
import assay.check.v1.Counterexample;
import assay.check.v1.Outcome;
import assay.check.v1.Phase;
import assay.check.v1.Proof;
import assay.check.v1.StatementOnly;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.StatusRuntimeException;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.protobuf.StatusProto;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CheckerServiceIT {
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private CoqInstallation.Ready coq;

    @BeforeAll
    void findCoq() throws InterruptedException {
        coq = InstalledCoq.open(InstalledCoq.tight());
    }

    @AfterAll
    void removeFolders() {
        threads.close();
        if (coq != null) {
            coq.close();
        }
    }

    @Test
    void answersWithAllThatAReportNeeds() throws Exception {
        try (var wire = new Wire(coq, new CheckGate(InstalledCoq.tight()))) {
            CheckReply reply =
                    wire.stub.check(proof("forall n : nat, n + 0 = n", "intros n. lia."));
            assertThat(reply.getOutcome()).isEqualTo(Outcome.OUTCOME_ACCEPTED);
            assertThat(reply.getPhase()).isEqualTo(Phase.PHASE_KERNEL);
            assertThat(reply.getTool()).matches("Coq \\d+\\.\\d+.*");
            assertThat(reply.getDurationMillis()).isPositive();
            byte[] digest =
                    MessageDigest.getInstance("SHA-256")
                            .digest(reply.getSource().getBytes(StandardCharsets.UTF_8));
            assertThat(reply.getSourceSha256()).isEqualTo(HexFormat.of().formatHex(digest));

            CheckReply rejected =
                    wire.stub.check(proof("forall n : nat, n = 1", "intros n.\nlia."));
            assertThat(rejected.getOutcome()).isEqualTo(Outcome.OUTCOME_REJECTED);
            assertThat(rejected.getLine()).isEqualTo(2);
            assertThat(rejected.getMessage()).contains("Cannot find witness");

            CheckReply refuted =
                    wire.stub.check(
                            request("forall n m : nat, n - m + m = n")
                                    .setCounterexample(
                                            Counterexample.newBuilder().setAssignment("n=0 m=1"))
                                    .build());
            assertThat(refuted.getOutcome())
                    .as(refuted.getMessage())
                    .isEqualTo(Outcome.OUTCOME_ACCEPTED);

            CheckReply bad =
                    wire.stub.check(
                            request("1 +")
                                    .setStatementOnly(StatementOnly.getDefaultInstance())
                                    .build());
            assertThat(bad.getOutcome()).isEqualTo(Outcome.OUTCOME_BAD_STATEMENT);
            assertThat(bad.getMessage()).contains("Syntax error");
        }
    }

    @Test
    void saysThatItIsBusy() throws Exception {
        CheckLimits d = InstalledCoq.tight();
        var gate =
                new CheckGate(
                        new CheckLimits(
                                d.cpu(),
                                d.wall(),
                                d.addressSpaceBytes(),
                                d.fileBytes(),
                                d.outputBytes(),
                                1,
                                0,
                                d.longestWait(),
                                d.statementChars(),
                                d.textChars()));
        var entered = new CountDownLatch(1);
        var release = new CountDownLatch(1);
        var holder =
                threads.submit(() ->
                        gate.run(() -> {
                            entered.countDown();
                            release.await();
                            return true;
                        }));
        entered.await();
        try (var wire = new Wire(coq, gate)) {
            StatusRuntimeException busy =
                    catchThrowableOfType(
                            StatusRuntimeException.class,
                            () -> wire.stub.check(proof("True", "exact I.")));
            assertThat(busy.getStatus().getCode())
                    .isEqualTo(io.grpc.Status.Code.RESOURCE_EXHAUSTED);
            Status status = Objects.requireNonNull(StatusProto.fromThrowable(busy));
            assertThat(status.getDetails(0).unpack(ErrorInfo.class).getReason())
                    .isEqualTo("CHECKER_BUSY");
        } finally {
            release.countDown();
        }
        assertThat(holder.get()).contains(true);
    }

    @Test
    void freesItsPlaceWhenTheCallerHangsUp() throws Exception {
        var gate = new CheckGate(InstalledCoq.tight());
        try (var wire = new Wire(coq, gate)) {
            var future =
                    CheckerGrpc.newFutureStub(wire.channel)
                            .check(proof("True", "let rec f := idtac; f in f."));
            while (gate.load() == 0) {
                Thread.onSpinWait();
            }
            future.cancel(true);
            while (gate.load() > 0) {
                Thread.onSpinWait();
            }
        }
        assertThat(gate.load()).isZero();
    }

    private static CheckRequest proof(String statement, String script) {
        return request(statement).setProof(Proof.newBuilder().setScript(script)).build();
    }

    private static CheckRequest.Builder request(String statement) {
        return CheckRequest.newBuilder()
                .setRequestId("r1")
                .setSystem("coq")
                .setStatement(statement);
    }

    /** The service over an in-process channel. */
    private final class Wire implements AutoCloseable {
        private final Server server;
        private final ManagedChannel channel;
        private final CheckerGrpc.CheckerBlockingStub stub;

        Wire(CoqInstallation installation, CheckGate gate) throws IOException {
            String name = InProcessServerBuilder.generateName();
            var service = new CheckerService(installation, gate, threads, System::nanoTime);
            server =
                    InProcessServerBuilder.forName(name)
                            .directExecutor()
                            .addService(service)
                            .build()
                            .start();
            channel = InProcessChannelBuilder.forName(name).build();
            stub = CheckerGrpc.newBlockingStub(channel);
        }

        @Override
        public void close() {
            channel.shutdownNow();
            server.shutdownNow();
        }
    }
}
