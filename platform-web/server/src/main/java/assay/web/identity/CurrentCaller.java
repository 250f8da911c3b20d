package assay.web.identity;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.tenancy.Tenants;
import com.vaadin.flow.server.VaadinSession;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolderStrategy;
import org.springframework.stereotype.Component;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

/**
 * Who is asking now, for views and controllers. Thread-safe; speaks of the request or of the Vaadin
 * session that the calling thread is working for.
 */
@Component
public class CurrentCaller {
    /** Of a browser's session: the person came by his password and nothing else. */
    private static final String PASSWORD_ALONE = CurrentCaller.class.getName() + ".alone";

    private static final String GUEST_ID = CurrentCaller.class.getName() + ".guest";
    private static final String GUEST_TENANT = CurrentCaller.class.getName() + ".tenant";

    private final Tenants tenants;
    private final Rights rights;
    private final SecurityContextHolderStrategy contexts;

    CurrentCaller(Tenants tenants, Rights rights, SecurityContextHolderStrategy contexts) {
        this.tenants = tenants;
        this.rights = rights;
        this.contexts = contexts;
    }

    /** The person signed in, or the key that the request came with. */
    public Optional<Caller> known() {
        Authentication authentication = contexts.getContext().getAuthentication();
        if (authentication instanceof KeyAuthentication key) {
            return Optional.of(key.getPrincipal());
        }
        if (authentication != null
                && authentication.getPrincipal() instanceof SignedInPerson person) {
            return rights.find(person.tenantId(), person.userId())
                    .map(standing ->
                            factorMissing(standing)
                                    ? Caller.withoutRights(standing, sourceIp(), userAgent())
                                    : Caller.person(standing, sourceIp(), userAgent()));
        }
        return Optional.empty();
    }

    /** Notes how the session's person proved who he is; by each filter that signs people in. */
    public static void signedIn(HttpSession session, boolean passwordAlone) {
        session.setAttribute(PASSWORD_ALONE, passwordAlone ? "yes" : null);
    }

    /**
     * Whether the person signed in must set up a second factor before anything else: his tenant
     * asks for one, he has none, and he came by his password alone.
     */
    public boolean mustSetUpSecondFactor() {
        Authentication authentication = contexts.getContext().getAuthentication();
        return authentication != null
                && authentication.getPrincipal() instanceof SignedInPerson person
                && rights.find(person.tenantId(), person.userId())
                        .filter(CurrentCaller::factorMissing)
                        .isPresent();
    }

    private static boolean factorMissing(Standing standing) {
        return standing.factorMissing() && attribute(PASSWORD_ALONE).isPresent();
    }

    /**
     * @throws WebException KEY_INVALID when nobody is signed in and no key came
     */
    public Caller required() {
        return known().orElseThrow(
                        () -> new WebException(ErrorCode.KEY_INVALID, "nobody is signed in"));
    }

    /**
     * The guest whom this browser session stands for, known by a random id that it keeps; in the
     * tenant whose link he came by, or else in the oldest that takes guests.
     *
     * @throws WebException PERMISSION_DENIED when no tenant takes guests, or not that one any more
     */
    public Caller guest() {
        UUID tenant = tenantOfGuests(attribute(GUEST_TENANT).orElse(null));
        return new Caller(
                tenant,
                Caller.Kind.GUEST,
                guestId(),
                "guest",
                Role.GUEST.name(),
                Role.GUEST.permissions(),
                sourceIp(),
                userAgent());
    }

    /**
     * From now on this browser session stands for a guest of that tenant.
     *
     * @throws WebException PERMISSION_DENIED when it takes no guests; whether it is there is not
     *     told
     */
    public void comeAsGuestOf(String slug) {
        tenantOfGuests(slug);
        attribute(GUEST_TENANT, slug);
    }

    private UUID tenantOfGuests(@Nullable String slug) {
        return tenants.forGuests(slug)
                .orElseThrow(() ->
                        new WebException(
                                ErrorCode.PERMISSION_DENIED,
                                "guests are not allowed here: sign in"));
    }

    /** The person signed in, or else the guest. */
    public Caller knownOrGuest() {
        return known().orElseGet(this::guest);
    }

    private static String guestId() {
        return attribute(GUEST_ID)
                .orElseGet(() -> attribute(GUEST_ID, UUID.randomUUID().toString()));
    }

    private static Optional<String> attribute(String name) {
        VaadinSession vaadin = VaadinSession.getCurrent();
        Object value =
                vaadin != null
                        ? vaadin.getSession().getAttribute(name)
                        : httpSession().getAttribute(name);
        return Optional.ofNullable((String) value);
    }

    private static String attribute(String name, String value) {
        VaadinSession vaadin = VaadinSession.getCurrent();
        if (vaadin != null) {
            vaadin.getSession().setAttribute(name, value);
        } else {
            httpSession().setAttribute(name, value);
        }
        return value;
    }

    private static HttpSession httpSession() {
        HttpServletRequest request = request();
        if (request == null) {
            throw new IllegalStateException("asked for a guest outside of any session");
        }
        return request.getSession(true);
    }

    private static @Nullable String sourceIp() {
        VaadinSession vaadin = VaadinSession.getCurrent();
        if (vaadin != null && vaadin.getBrowser() != null) {
            return vaadin.getBrowser().getAddress();
        }
        HttpServletRequest request = request();
        return request == null ? null : request.getRemoteAddr();
    }

    private static @Nullable String userAgent() {
        VaadinSession vaadin = VaadinSession.getCurrent();
        if (vaadin != null && vaadin.getBrowser() != null) {
            return vaadin.getBrowser().getUserAgent();
        }
        HttpServletRequest request = request();
        return request == null ? null : request.getHeader("User-Agent");
    }

    private static @Nullable HttpServletRequest request() {
        return RequestContextHolder.getRequestAttributes()
                        instanceof ServletRequestAttributes attributes
                ? attributes.getRequest()
                : null;
    }
}
