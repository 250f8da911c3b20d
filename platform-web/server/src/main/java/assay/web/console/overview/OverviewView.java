package assay.web.console.overview;

import assay.web.console.ConsoleFrame;
import assay.web.console.Visitor;
import assay.web.console.cluster.ClusterView;
import assay.web.console.cluster.ReplicaPanel;
import assay.web.console.part.Figures;
import assay.web.insight.ClusterInsight;
import assay.web.insight.ClusterPicture;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.router.Menu;
import com.vaadin.flow.router.Route;
import jakarta.annotation.security.PermitAll;
import org.jspecify.annotations.Nullable;

/** The cluster as it is now. */
@Route(value = "", layout = ConsoleFrame.class)
@Menu(title = "nav.overview", order = 1, icon = "OVERVIEW")
@PermitAll
public class OverviewView extends ClusterView {
    private static final long serialVersionUID = 1L;

    private @Nullable ClusterBoard board;

    OverviewView(ClusterInsight insight, Visitor visitor) {
        super("overview", "overview.title", insight, visitor.caller());
    }

    @Override
    protected Component title() {
        return title(getTranslation("overview.title"), getTranslation("overview.lead"));
    }

    @Override
    protected void fill(Div body) {
        var fresh = new ClusterBoard(new Figures(getLocale()));
        board = fresh;
        body.add(fresh);
    }

    @Override
    protected void show(ClusterPicture picture) {
        if (board != null) {
            board.show(picture);
        }
    }

    @Override
    protected String inWords(ClusterPicture picture) {
        return getTranslation(
                "overview.spoken",
                NodeCard.ready(picture.nodes()),
                picture.nodes().size(),
                ReplicaPanel.serving(picture.replicas()));
    }
}
