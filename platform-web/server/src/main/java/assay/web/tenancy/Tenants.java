package assay.web.tenancy;

import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The list of tenants. Thread-safe. */
@Component
public class Tenants {
    private final JdbcClient jdbc;

    Tenants(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** The tenant that people without an account belong to: the oldest that allows them. */
    public Optional<UUID> forGuests() {
        return jdbc.sql(
                        "select id from tenants where guests and state = 'active'"
                                + " order by created_at, id limit 1")
                .query(UUID.class)
                .optional();
    }

    /** Whether there is none yet: then this is the first start. */
    public boolean none() {
        return !jdbc.sql("select exists (select from tenants)").query(Boolean.class).single();
    }

    /**
     * Makes a tenant.
     *
     * @param slug lower-case letters, digits and hyphens
     * @param guests whether people without an account may verify
     */
    public void create(UUID id, String slug, String name, boolean guests) {
        jdbc.sql("insert into tenants (id, slug, name, guests) values (?, ?, ?, ?)")
                .params(id, slug, name, guests)
                .update();
    }
}
