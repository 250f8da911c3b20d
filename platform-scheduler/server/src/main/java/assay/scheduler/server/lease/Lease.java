package assay.scheduler.server.lease;

import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * The right to act, in the table {@code leases}, by the database's clock. A scheduler that starts
 * anew with its old identity takes its own lease over at once; its folder's lock makes sure that
 * there is only one such process. Thread-safe.
 */
public final class Lease {
    private static final String NAME = "scheduler";

    private final JdbcClient database;
    private final UUID holder;
    private final Duration duration;

    public Lease(JdbcClient database, UUID holder, Duration duration) {
        this.database = database;
        this.holder = holder;
        this.duration = duration;
    }

    /** What fences the writes of one term. */
    public record Term(UUID holder, long epoch) {}

    public Duration duration() {
        return duration;
    }

    /** A new term, or empty while another scheduler has one. */
    public Optional<Term> take() {
        return database.sql(
                        """
                        insert into leases (name, holder, epoch, expires_at)
                        values (:name, :holder, 1, now() + make_interval(secs => :seconds))
                        on conflict (name) do update set holder = excluded.holder,
                            epoch = leases.epoch + 1, expires_at = excluded.expires_at
                            where leases.expires_at < now() or leases.holder = excluded.holder
                        returning epoch
                        """)
                .param("name", NAME)
                .param("holder", holder.toString())
                .param("seconds", seconds())
                .query(Long.class)
                .optional()
                .map(epoch -> new Term(holder, epoch));
    }

    /** Whether the term goes on. */
    public boolean renew(Term term) {
        return database.sql(
                                """
                                update leases
                                set expires_at = now() + make_interval(secs => :seconds)
                                where name = :name and holder = :holder and epoch = :epoch
                                """)
                        .param("seconds", seconds())
                        .param("name", NAME)
                        .param("holder", term.holder().toString())
                        .param("epoch", term.epoch())
                        .update()
                == 1;
    }

    /** Lets the next one begin at once. */
    public void giveBack(Term term) {
        database.sql(
                        """
                        update leases set expires_at = now()
                        where name = :name and holder = :holder and epoch = :epoch
                        """)
                .param("name", NAME)
                .param("holder", term.holder().toString())
                .param("epoch", term.epoch())
                .update();
    }

    /**
     * Whether the term is still the newest; holds off a change of it until the transaction ends.
     */
    public boolean holds(Term term) {
        return database.sql(
                        """
                        select 1 from leases
                        where name = :name and holder = :holder and epoch = :epoch for share
                        """)
                .param("name", NAME)
                .param("holder", term.holder().toString())
                .param("epoch", term.epoch())
                .query(Integer.class)
                .optional()
                .isPresent();
    }

    private double seconds() {
        return duration.toMillis() / 1000.0;
    }
}
