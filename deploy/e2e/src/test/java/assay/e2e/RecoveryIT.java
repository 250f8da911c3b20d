package assay.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Processes of a stack of three agents break while texts are written; all of them: {@link
 * FaultBench}.
 */
class RecoveryIT {
    @TempDir private static Path data;

    private static RunningStack stack;
    private static FaultRun run;

    @BeforeAll
    static void up() {
        stack =
                RunningStack.start(
                        data, "--agents", "3", "--schedulers", "2", "--elasticsearch", "off");
        run = new FaultRun(stack);
    }

    @AfterAll
    static void down() {
        if (stack != null) {
            stack.close();
        }
    }

    @Test
    void anotherSchedulerLeadsWhenTheFirstIsKilledAndNothingThatRunsNoticesIt() throws Exception {
        Takeover.Result result = new Takeover(stack).run();
        System.out.printf("the standby led %.1f s after%n", result.ledAfter().toMillis() / 1e3);
        assertThat(result.answer().error()).isEmpty();
        assertThat(result.answer().completionTokens()).isEqualTo(Takeover.TOKENS);
        assertThat(result.waitingItems()).as("work was queued").isPositive();
        assertThat(result.doneItems()).isEqualTo(Takeover.ITEMS);
    }

    static List<Fault> faults() {
        return List.of(
                new Fault(Fault.Kind.CUT, Fault.Place.MIDDLE, Fault.Phase.DECODE),
                new Fault(Fault.Kind.KILL, Fault.Place.FIRST, Fault.Phase.DECODE));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void textsGoOnAsIfNothingHadHappened(Fault fault) throws Exception {
        assumeTrue(fault.kind() != Fault.Kind.CUT || Wires.canCut(), "may not cut connections");
        FaultRun.Result result = run.run(fault);
        assertThat(result.answers()).allSatisfy(it -> assertThat(it.error()).isEmpty());
        assertThat(result.same()).as("%s", result).isTrue();
    }
}
