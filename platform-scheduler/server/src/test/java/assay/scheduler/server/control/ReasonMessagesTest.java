package assay.scheduler.server.control;

import static org.assertj.core.api.Assertions.assertThat;

import assay.scheduler.core.cluster.Reason;
import assay.scheduler.core.cluster.Reason.Code;
import assay.scheduler.v1.ReasonCode;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ReasonMessagesTest {
    @Test
    void everyCodeHasItsNameInTheContractAndTheContractNoOther() {
        Set<ReasonCode> sent =
                Arrays.stream(Code.values())
                        .map(code -> ReasonMessages.code(code.name()))
                        .collect(Collectors.toSet());
        assertThat(sent).hasSize(Code.values().length);
        assertThat(ReasonCode.values())
                .hasSize(sent.size() + 2)
                .containsAll(sent)
                .contains(ReasonCode.REASON_CODE_UNSPECIFIED, ReasonCode.UNRECOGNIZED);
    }

    @Test
    void aCodeOfALaterSchedulerIsNotKnown() {
        assertThat(ReasonMessages.part("OF_TOMORROW", List.of("1")).getCode())
                .isEqualTo(ReasonCode.REASON_CODE_UNSPECIFIED);
    }

    @Test
    void sentencesComeInTheirOrderWithTheirValues() {
        Reason reason = Reason.of(Code.STAGES_ELSEWHERE, 2).then(Code.NODE_AWAY, 12);
        assertThat(reason.inWords())
                .isEqualTo("stage 2 goes elsewhere: its node was away for 12 s");
        assertThat(ReasonMessages.parts(reason))
                .extracting(it -> it.getCode() + " " + it.getValuesList())
                .containsExactly("REASON_CODE_STAGES_ELSEWHERE [2]", "REASON_CODE_NODE_AWAY [12]");
    }
}
