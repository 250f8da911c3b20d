package assay.web.console;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.identity.Access;
import assay.web.identity.Caller;
import assay.web.identity.Denials;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.server.VaadinRequest;
import java.util.Set;
import java.util.UUID;
import org.springframework.stereotype.Component;

/**
 * Lets a person into a view only when the table of {@link Access} does. Who has not signed in is
 * sent to do so by Vaadin itself. Thread-safe.
 */
@Component
class ViewGate {
    private static final String ACCOUNT_VIEW = "account";
    private static final String GUESTS_VIEW = "verify";

    private final Visitor visitor;
    private final Denials denials;

    ViewGate(Visitor visitor, Denials denials) {
        this.visitor = visitor;
        this.denials = denials;
    }

    /** A tenant's link for guests: whether they are let in. */
    private boolean lead(BeforeEnterEvent event) {
        var slug = event.getLocation().getQueryParameters().getSingleParameter("tenant");
        if (slug.isPresent()) {
            try {
                visitor.comeAsGuestOf(slug.get());
            } catch (WebException e) {
                event.rerouteToError(e, "");
                return false;
            }
        }
        return true;
    }

    void check(BeforeEnterEvent event) {
        if (!event.getNavigationTarget().isAnnotationPresent(Route.class)) {
            return; // a page that says what went wrong
        }
        String path = event.getLocation().getPath();
        if (path.equals(GUESTS_VIEW) && !lead(event)) {
            return;
        }
        if (!path.equals(ACCOUNT_VIEW) && visitor.mustSetUpSecondFactor()) {
            event.forwardTo(ACCOUNT_VIEW);
            return;
        }
        var view = Access.view(path).orElse(null);
        if (view != null && view.need() == Access.Need.OPEN) {
            return;
        }
        VaadinRequest request = VaadinRequest.getCurrent();
        if (request == null || request.getUserPrincipal() == null) {
            return;
        }
        Caller caller = visitor.caller();
        if (Access.mayOpen(caller, path)) {
            return;
        }
        if (path.isEmpty()) {
            event.forwardTo("verify"); // where everybody is at home
            return;
        }
        denials.denied(
                caller,
                "view.open",
                "CONSOLE",
                "/" + path,
                UUID.randomUUID().toString(),
                view == null ? Set.of() : view.permissions());
        event.rerouteToError(
                new WebException(ErrorCode.PERMISSION_DENIED, "this view is not for your role"),
                "");
    }
}
