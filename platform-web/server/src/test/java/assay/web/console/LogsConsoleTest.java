package assay.web.console;

import static org.assertj.core.api.Assertions.assertThat;

import assay.web.console.logs.LogsView;
import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.router.QueryParameters;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.security.test.context.support.WithAnonymousUser;
import org.springframework.security.test.context.support.WithMockUser;

@WithMockUser("admin")
class LogsConsoleTest extends BrowserlessConsole {
    @Autowired private FakeLogs logs;

    private void press(String text) {
        test(find(Button.class).withText(text).all().getLast()).click();
    }

    @Test
    @WithAnonymousUser
    void aGuestSeesNoLines() {
        navigate("logs", assay.web.console.signin.SignInView.class);
    }

    @Test
    void withoutElasticsearchThePageSaysWhyAndWhatToDo() {
        logs.off();
        navigate(LogsView.class);
        assertThat(shown()).contains("Logs can not be searched here", "--elasticsearch off");
        assertThat(logs.searched).isEmpty();
    }

    @Test
    void whenElasticsearchIsAwayThePageSaysSo() {
        logs.away();
        navigate(LogsView.class);
        assertThat(shown()).contains("Elasticsearch does not answer");
    }

    @Test
    void linesAreListedAndGoneOnWithInBothLanguages() {
        logs.fill(150);
        navigate(LogsView.class);
        assertThat(shown()).contains("line 1", "agent-1", "assay-agent").doesNotContain("line 150");
        press("Show older lines");
        assertThat(shown()).contains("line 150");
        UI.getCurrent().setLocale(Locale.SIMPLIFIED_CHINESE);
        assertThat(shown()).contains("节点与进程", "显示更早的日志");
    }

    @Test
    void aDeepLinkIsTheSearch() {
        logs.fill(3);
        logs.add(Instant.now().minusSeconds(9), "ERROR", "agent-2", "stage FAILED", Map.of());
        UI.getCurrent()
                .navigate(
                        "logs",
                        QueryParameters.simple(
                                Map.of("level", "error", "node", "agent-2", "range", "24h")));
        assertThat(logs.searched.getLast().level()).isEqualTo("ERROR");
        assertThat(shown()).contains("stage FAILED").doesNotContain("line 1");
    }

    @Test
    void whatIsAskedIsShownAsChipsThatTakeItOff() {
        logs.fill(3);
        UI.getCurrent()
                .navigate("logs", QueryParameters.simple(Map.of("level", "error", "code", "BUSY")));
        assertThat(shown()).contains("Level, and worse: ERROR", "Event code: BUSY");
        pressFirst("search-chip");
        assertThat(shown()).doesNotContain("Level, and worse: ERROR");
        assertThat(logs.searched.getLast().level()).isNull();
        assertThat(logs.searched.getLast().equal()).containsExactly(Map.entry("code", "BUSY"));
        test(field("Node")).setValue("agent-1");
        assertThat(shown()).contains("Node: agent-1", "Event code: BUSY");
        assertThat(logs.searched.getLast().equal()).containsEntry("node", "agent-1");
    }

    @Test
    void anotherAddressOfTheSamePageIsAnotherSearch() {
        navigate(LogsView.class);
        UI.getCurrent().navigate("logs", QueryParameters.simple(Map.of("level", "WARN")));
        assertThat(logs.searched.getLast().level()).isEqualTo("WARN");
        assertThat(shown()).contains("Level, and worse: WARN");
        UI.getCurrent().navigate("logs");
        assertThat(logs.searched.getLast().level()).isNull();
        assertThat(shown()).doesNotContain("Level, and worse: WARN");
    }

    @Test
    void newLinesComeOnTopWhileThePageIsLive() {
        logs.fill(1);
        navigate(LogsView.class);
        logs.add(Instant.now(), "WARN", "agent-1", "came later", Map.of());
        poll();
        assertThat(shown()).doesNotContain("came later");
        press("Live");
        poll();
        assertThat(shown()).contains("One new line");
        assertThat(shown().indexOf("came later")).isBetween(0, shown().indexOf("line 1"));
        press("Pause");
        logs.add(Instant.now(), "WARN", "agent-1", "too late", Map.of());
        poll();
        assertThat(shown()).doesNotContain("too late");
    }

    @Test
    void aLineOpensWithAllItsFields() {
        logs.add(
                Instant.now().minusSeconds(1),
                "ERROR",
                "agent-1",
                "KV: 1 bytes (free: 0)",
                Map.of(
                        "event.code", "DEVICE_OUT_OF_MEMORY",
                        "assay.device.id", "GPU-1",
                        "error.stack_trace", "at assay.Somewhere"));
        navigate(LogsView.class);
        assertThat(shown()).contains("DEVICE_OUT_OF_MEMORY");
        pressFirst("search-open");
        assertThat(find(Dialog.class).all().getLast().getElement().getTextRecursively())
                .contains("assay.device.id", "GPU-1", "at assay.Somewhere");
    }

    @Test
    void nothingFoundSaysSoAndABadLinkIsATroubleNotAFault() {
        navigate(LogsView.class);
        assertThat(shown()).contains("No lines");
        UI.getCurrent().navigate("logs", QueryParameters.simple(Map.of("from", "yesterday")));
        assertThat(shown()).isNotEmpty();
    }
}
