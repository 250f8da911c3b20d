package assay.web.console;

import com.vaadin.browserless.SpringBrowserlessTest;
import com.vaadin.flow.component.ComponentUtil;
import com.vaadin.flow.component.PollEvent;
import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.html.Main;
import com.vaadin.flow.component.html.NativeButton;
import com.vaadin.flow.component.textfield.TextField;
import java.util.Set;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.annotation.DirtiesContext;

/** The console without a browser, over capabilities that are told what to say; anew per test. */
@SpringBootTest(
        classes = ConsolePreview.class,
        properties = {"vaadin.productionMode=true", "management.server.port=-1"})
@DirtiesContext(classMode = DirtiesContext.ClassMode.AFTER_EACH_TEST_METHOD)
abstract class BrowserlessConsole extends SpringBrowserlessTest {
    @Override
    protected Set<String> scanPackages() {
        return Set.of("assay.web.console");
    }

    /** All words of the page's main part. */
    String shown() {
        return find(Main.class).single().getElement().getTextRecursively();
    }

    TextField field(String label) {
        return findInView(TextField.class).all().stream()
                .filter(each -> label.equals(each.getLabel()))
                .findFirst()
                .orElseThrow();
    }

    void pressFirst(String css) {
        test(findInView(NativeButton.class).all().stream()
                        .filter(each -> each.hasClassName(css))
                        .findFirst()
                        .orElseThrow())
                .click();
    }

    /** What a browser asks by itself while something moves. */
    void poll() {
        ComponentUtil.fireEvent(UI.getCurrent(), new PollEvent(UI.getCurrent(), false));
        roundTrip();
    }
}
