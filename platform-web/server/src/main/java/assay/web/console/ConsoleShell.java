package assay.web.console;

import com.vaadin.flow.component.dependency.StyleSheet;
import com.vaadin.flow.component.page.AppShellConfigurator;
import com.vaadin.flow.component.page.Push;
import com.vaadin.flow.component.page.Viewport;
import com.vaadin.flow.server.AppShellSettings;
import com.vaadin.flow.shared.ui.Transport;
import com.vaadin.flow.theme.aura.Aura;

/**
 * The page that every view stands in. Clicks come as requests and only updates go through the
 * socket: so a click is always seen with its cookies and its signed-in person.
 */
@Push(transport = Transport.WEBSOCKET_XHR)
@StyleSheet(Aura.STYLESHEET)
@StyleSheet("styles/console.css")
@StyleSheet("styles/cluster.css")
@StyleSheet("styles/federation.css")
@StyleSheet("styles/account.css")
@StyleSheet("styles/search.css")
@StyleSheet("styles/audit.css")
@StyleSheet("styles/logs.css")
@Viewport("width=device-width, initial-scale=1")
public class ConsoleShell implements AppShellConfigurator {
    private static final long serialVersionUID = 1L;

    @Override
    public void configurePage(AppShellSettings settings) {
        settings.addFavIcon("icon", "icons/assay.svg", "any");
        settings.addMetaTag("color-scheme", "light dark");
    }
}
