package assay.web.console;

import assay.web.identity.Caller;
import assay.web.identity.CurrentCaller;
import org.springframework.stereotype.Component;

/** The visitor by his session: the person who signed in to it, or the guest it stands for. */
@Component
class CurrentVisitor implements Visitor {
    private final CurrentCaller callers;

    CurrentVisitor(CurrentCaller callers) {
        this.callers = callers;
    }

    @Override
    public Caller caller() {
        return callers.knownOrGuest();
    }

    @Override
    public boolean mustSetUpSecondFactor() {
        return callers.mustSetUpSecondFactor();
    }

    @Override
    public void comeAsGuestOf(String slug) {
        if (callers.known().isEmpty()) {
            callers.comeAsGuestOf(slug);
        }
    }
}
