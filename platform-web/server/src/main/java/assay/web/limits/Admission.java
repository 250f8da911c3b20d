package assay.web.limits;

import assay.web.WebException;
import java.util.List;

/**
 * What a request may use, until it is settled or closed; closed without having been settled it
 * gives everything back, as if the request had never been. Confined to the request's thread.
 */
public interface Admission extends AutoCloseable {
    /** The limits that the request counts against, the tightest first. */
    List<LimitState> states();

    /**
     * The model's own tokenizer has counted the prompt. What was reserved above that goes back; if
     * it was too little, the rest is asked for.
     *
     * @throws WebException QUOTA_EXCEEDED when the rest is not there: then no answer may be given
     */
    void inputKnown(long tokens);

    /**
     * Asks for more, for the same request.
     *
     * @throws WebException QUOTA_EXCEEDED; what is held already stays
     */
    void more(Need need);

    /**
     * The request has ended and this is what it used. Returns when that is stored, where it must be
     * before anybody is told. The first end counts.
     */
    void settle(Need used);

    /** Gives back what was not settled. */
    @Override
    void close();
}
