package assay.web.console.account;

import assay.web.identity.Caller;
import com.vaadin.flow.component.Component;

/**
 * A part of one's account that another way to sign in brings, as its passkeys: every bean of this
 * type is shown below the second factor, in the order of the beans.
 */
public interface AccountSection {
    /** Made anew each time the page is built, in the language of now. */
    Component create(Caller caller);
}
