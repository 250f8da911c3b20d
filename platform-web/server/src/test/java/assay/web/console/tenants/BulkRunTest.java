package assay.web.console.tenants;

import static org.assertj.core.api.Assertions.assertThat;

import assay.web.ErrorCode;
import assay.web.WebException;
import java.util.List;
import org.junit.jupiter.api.Test;

class BulkRunTest {
    @Test
    void whatOneIsRefusedTheOthersStillGet() {
        var run =
                BulkRun.of(
                        List.of("alice", "bob", "carol"),
                        each -> {
                            if (each.equals("bob")) {
                                throw new WebException(ErrorCode.LAST_ADMIN, "the last one");
                            }
                            return each + "!";
                        });

        assertThat(run.done()).containsExactly("alice!", "carol!");
        assertThat(run.refused())
                .singleElement()
                .satisfies(refusal -> {
                    assertThat(refusal.thing()).isEqualTo("bob");
                    assertThat(refusal.why().code()).isEqualTo(ErrorCode.LAST_ADMIN);
                });
    }
}
