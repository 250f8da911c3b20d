package assay.web.limits;

import assay.web.WebException;
import assay.web.identity.Caller;
import org.jspecify.annotations.Nullable;

/**
 * Where requests ask whether they may begin. All that is refused is refused with QUOTA_EXCEEDED,
 * the limit and when it has enough again, or with DATABASE_AWAY when that can not be known.
 * Thread-safe.
 */
public interface Admissions {
    /**
     * A request that generates: counted, with the most tokens that it can take.
     *
     * @param model null for the default model
     * @throws WebException QUOTA_EXCEEDED, DATABASE_AWAY
     */
    Admission generation(Caller caller, @Nullable String model, String prompt, int maxTokens);

    /** The same for one answer of a request that was counted already: its tokens alone. */
    Admission answer(Caller caller, @Nullable String model, String prompt, int maxTokens);

    /** A request whose answers are asked for one by one. */
    Admission request(Caller caller, @Nullable String model);

    /** A submission that says with {@link Admission#more} how many items it has. */
    Admission items(Caller caller);

    /**
     * Whether the tenant may store more. What runs already may still write its end.
     *
     * @throws WebException QUOTA_EXCEEDED, DATABASE_AWAY
     */
    void checkStorage(Caller caller);
}
