package assay.web.identity.federation;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What the sign-in page offers beside a password. Thread-safe. */
public interface SignInButtons {
    /**
     * One of them.
     *
     * @param name of the provider
     */
    record Button(UUID providerId, String name) {
        /** Where it leads. */
        public String address() {
            return "/sign-in/with/" + providerId;
        }
    }

    /**
     * The providers of the tenant that the page's address names. Without a name those of the only
     * tenant; where there are several nobody learns which.
     *
     * @param tenant its short name, or null
     */
    List<Button> buttons(@Nullable String tenant);
}
