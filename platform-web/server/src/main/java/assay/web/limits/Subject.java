package assay.web.limits;

import assay.web.identity.Caller;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whose limit it is, within a tenant. Immutable.
 *
 * @param id of the tenant, user or key; a model's name
 */
public record Subject(Kind kind, String id) {
    /** What can have limits. */
    public enum Kind {
        TENANT,
        USER,
        KEY,
        MODEL;

        public String id() {
            return name().toLowerCase(Locale.ROOT);
        }

        public static Optional<Kind> of(String id) {
            return Arrays.stream(values()).filter(each -> each.id().equals(id)).findFirst();
        }
    }

    public Subject {
        if (id.isEmpty() || id.length() > 200) {
            throw new IllegalArgumentException(
                    "subject: " + id.length() + " characters (expected: 1..200)");
        }
    }

    /** All whose limits a request counts against. */
    static List<Subject> of(Caller caller, @Nullable String model) {
        List<Subject> subjects = new ArrayList<>(4);
        subjects.add(new Subject(Kind.TENANT, caller.tenantId().toString()));
        switch (caller.kind()) {
            case USER -> subjects.add(new Subject(Kind.USER, caller.id()));
            case API_KEY -> {
                subjects.add(new Subject(Kind.KEY, caller.id()));
                if (caller.ownerId() != null) { // a new key is no way around its owner's limits
                    subjects.add(new Subject(Kind.USER, caller.ownerId().toString()));
                }
            }
            case GUEST -> {} // has limits of his own: GuestLimits
        }
        if (model != null) {
            subjects.add(new Subject(Kind.MODEL, model));
        }
        return subjects;
    }
}
