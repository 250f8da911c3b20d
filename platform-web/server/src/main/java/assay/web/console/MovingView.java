package assay.web.console;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.DetachEvent;
import com.vaadin.flow.shared.Registration;
import org.jspecify.annotations.Nullable;

/** A view that looks again every two seconds while it is shown. */
public abstract class MovingView extends ConsoleView {
    private static final long serialVersionUID = 1L;
    private static final int EVERY_MILLIS = 2_000;

    private @Nullable Registration polls;

    protected MovingView(String css, String titleKey) {
        super(css, titleKey);
    }

    /** Shows what is so now; on the UI's thread. */
    protected abstract void refresh();

    /** Whether anything of it moves now; {@link #poll} is told when that changes. */
    protected boolean moves() {
        return true;
    }

    /** Begins to look again, or ends it. */
    protected final void poll() {
        getUI().ifPresent(ui -> ui.setPollInterval(moves() ? EVERY_MILLIS : -1));
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        polls = event.getUI().addPollListener(poll -> refresh());
        poll();
    }

    @Override
    protected void onDetach(DetachEvent event) {
        super.onDetach(event);
        event.getUI().setPollInterval(-1);
        if (polls != null) {
            polls.remove();
            polls = null;
        }
    }
}
