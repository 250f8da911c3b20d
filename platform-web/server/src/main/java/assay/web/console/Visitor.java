package assay.web.console;

import assay.web.identity.Caller;

/**
 * Who sits before the browser: the person who signed in, or a guest. Asked in the thread of his
 * request; views keep the answer for what runs later.
 */
public interface Visitor {
    /** Never the credentials, only who it is and what he may. */
    Caller caller();

    /** Whether he must set up a second factor before anything else: then he may nothing. */
    default boolean mustSetUpSecondFactor() {
        return false;
    }

    /**
     * He came by a tenant's link for guests: until he signs in he stands for one of its guests. Of
     * a person who is signed in it changes nothing.
     *
     * @throws assay.web.WebException PERMISSION_DENIED when that tenant takes no guests
     */
    default void comeAsGuestOf(String slug) {}
}
