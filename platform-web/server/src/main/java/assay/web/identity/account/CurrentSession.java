package assay.web.identity.account;

import com.vaadin.flow.server.VaadinSession;
import java.util.Optional;
import java.util.UUID;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

/** The session that the calling thread works for. Stateless. */
final class CurrentSession {
    private CurrentSession() {}

    /** Empty for programs, and in work that belongs to no browser. */
    static Optional<UUID> id() {
        return attribute()
                .filter(BoundSession.class::isInstance)
                .map(BoundSession.class::cast)
                .map(BoundSession::id);
    }

    private static Optional<Object> attribute() {
        VaadinSession vaadin = VaadinSession.getCurrent();
        if (vaadin != null) {
            return Optional.ofNullable(vaadin.getSession())
                    .map(session -> session.getAttribute(BoundSession.ATTRIBUTE));
        }
        if (RequestContextHolder.getRequestAttributes()
                instanceof ServletRequestAttributes attributes) {
            return Optional.ofNullable(attributes.getRequest().getSession(false))
                    .map(session -> session.getAttribute(BoundSession.ATTRIBUTE));
        }
        return Optional.empty();
    }
}
