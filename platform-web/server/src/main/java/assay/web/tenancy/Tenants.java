package assay.web.tenancy;

import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** What is asked before a tenant is known. Thread-safe. */
@Component
public class Tenants {
    private final JdbcClient jdbc;

    Tenants(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /**
     * The tenant that people without an account belong to.
     *
     * @param slug of the one they ask for; null for the oldest that lets them in
     */
    public Optional<UUID> forGuests(@Nullable String slug) {
        return jdbc.sql("select find_guest_tenant(cast(:slug as text)) as id")
                .param("slug", slug)
                .query((row, _) -> Optional.ofNullable(row.getObject("id", UUID.class)))
                .single();
    }

    /** Whether there is none yet: then this is the first start. */
    public boolean none() {
        return !jdbc.sql("select any_tenant()").query(Boolean.class).single();
    }

    /**
     * Makes a tenant, in a transaction that is bound to it.
     *
     * @param slug lower-case letters, digits and hyphens
     * @param guests whether people without an account may verify
     */
    public void create(JdbcClient transaction, UUID id, String slug, String name, boolean guests) {
        transaction
                .sql("insert into tenants (id, slug, name, guests) values (?, ?, ?, ?)")
                .params(id, slug, name, guests)
                .update();
    }
}
