package assay.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.google.gson.JsonObject;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import java.util.regex.Pattern;

/**
 * Registers a passkey and signs in with it, on an authenticator that Chromium plays. The address
 * must be one of {@code localhost}: no passkey belongs to an IP address.
 */
final class PasskeyJourney {
    private static final String LABEL = "Test device";
    private static final Pattern SIGNED_OUT = Pattern.compile(".*/sign-in.*");

    private final BrowserContext context;
    private final Page page;
    private final String base;
    private final CDPSession devices;
    private final String device;

    /**
     * @param base the console's address, without a slash at its end
     */
    PasskeyJourney(BrowserContext context, String base) {
        this.context = context;
        this.page = context.newPage();
        this.base = base;
        page.setDefaultTimeout(20_000);
        this.devices = context.newCDPSession(page);
        devices.send("WebAuthn.enable");
        var options = new JsonObject();
        options.addProperty("protocol", "ctap2");
        options.addProperty("transport", "internal");
        options.addProperty("hasResidentKey", true);
        options.addProperty("hasUserVerification", true);
        options.addProperty("isUserVerified", true);
        options.addProperty("automaticPresenceSimulation", true);
        var device = new JsonObject();
        device.add("options", options);
        this.device =
                devices.send("WebAuthn.addVirtualAuthenticator", device)
                        .get("authenticatorId")
                        .getAsString();
    }

    /**
     * By name and password; where a new one must be chosen, that is done.
     *
     * @param next what it is changed to, if it must be
     */
    void signIn(String name, String password, String next) {
        page.navigate(base + "/sign-in");
        page.locator("[name=username]").fill(name);
        page.locator("[name=password]").fill(password);
        button("Sign in").click();
        page.waitForURL(url -> !url.endsWith("/sign-in"));
        if (page.url().contains("new-password")) {
            page.locator("[name=password]").fill(next);
            page.locator("[name=again]").fill(next);
            page.locator("[type=submit]").click();
        }
        assertThat(page).not().hasURL(SIGNED_OUT);
    }

    /** In one's own account. */
    void register() {
        page.navigate(base + "/account");
        page.getByLabel("Name of the passkey").fill(LABEL);
        button("Add a passkey").click();
        assertThat(page.locator(".passkey-list .setting-title")).hasText(LABEL);
    }

    /** With nothing but the passkey. */
    void comeBack() {
        forget();
        button("Sign in with a passkey").click();
        assertThat(page).not().hasURL(SIGNED_OUT);
        page.navigate(base + "/account");
        assertThat(page.locator(".passkey-list .setting-title")).hasText(LABEL);
    }

    /** Whoever holds the device and is not its person does not get in. */
    void withoutThePersonItOpensNothing() {
        forget();
        verified(false);
        button("Sign in with a passkey").click();
        assertThat(page.getByText("That did not work.")).isVisible();
        assertThat(page).hasURL(SIGNED_OUT);
        verified(true);
    }

    /** Removed in the account, it is worth nothing, though the device still has it. */
    void removedItOpensNothing() {
        comeBack();
        page.getByRole(
                        AriaRole.BUTTON,
                        new Page.GetByRoleOptions().setName("Remove the passkey " + LABEL))
                .click();
        page.locator("vaadin-button.danger").click();
        assertThat(page.getByText("You have no passkey yet.")).isVisible();
        forget();
        button("Sign in with a passkey").click();
        assertThat(page.getByText("That did not work.")).isVisible();
        assertThat(page).hasURL(SIGNED_OUT);
    }

    private void forget() {
        context.clearCookies();
        page.navigate(base + "/sign-in");
    }

    private void verified(boolean verified) {
        var state = new JsonObject();
        state.addProperty("authenticatorId", device);
        state.addProperty("isUserVerified", verified);
        devices.send("WebAuthn.setUserVerified", state);
    }

    private com.microsoft.playwright.Locator button(String name) {
        return page.getByRole(
                AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
    }
}
