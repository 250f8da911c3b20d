package assay.web.console;

import assay.web.identity.Caller;

/**
 * Who sits before the browser: the person who signed in, or a guest. Asked in the thread of his
 * request; views keep the answer for what runs later.
 */
public interface Visitor {
    /** Never the credentials, only who it is and what he may. */
    Caller caller();
}
