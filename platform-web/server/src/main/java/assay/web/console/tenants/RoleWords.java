package assay.web.console.tenants;

import assay.web.identity.Role;
import com.vaadin.flow.component.Component;
import java.util.Arrays;
import java.util.Locale;

/** What roles are called: the built-in ones in the visitor's language, the others as they are. */
public final class RoleWords {
    private RoleWords() {}

    public static String name(Component place, String name) {
        String id = name.toLowerCase(Locale.ROOT);
        return Arrays.stream(Role.values()).map(Role::id).anyMatch(id::equals)
                ? place.getTranslation("role." + id)
                : name;
    }
}
