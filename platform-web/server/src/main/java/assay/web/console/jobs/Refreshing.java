package assay.web.console.jobs;

import assay.web.console.ConsoleView;
import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.DetachEvent;
import com.vaadin.flow.shared.Registration;
import org.jspecify.annotations.Nullable;

/** A view that asks again every two seconds while it is shown. */
abstract class Refreshing extends ConsoleView {
    private static final long serialVersionUID = 1L;
    private static final int EVERY_MILLIS = 2_000;

    private @Nullable Registration polls;

    Refreshing(String css, String titleKey) {
        super(css, titleKey);
    }

    /** Shows what is so now; on the UI's thread. */
    abstract void refresh();

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        var ui = event.getUI();
        ui.setPollInterval(EVERY_MILLIS);
        polls = ui.addPollListener(poll -> refresh());
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
