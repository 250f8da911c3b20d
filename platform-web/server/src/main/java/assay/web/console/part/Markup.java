package assay.web.console.part;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.HtmlContainer;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H2;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Section;
import com.vaadin.flow.component.html.Span;

/** Elements by their class: how they look is told in the style sheet. */
public final class Markup {
    private Markup() {}

    public static Div div(String css, Component... children) {
        return with(new Div(children), css);
    }

    public static Span span(String css, String text) {
        return with(new Span(text), css);
    }

    public static Paragraph paragraph(String css, String text) {
        return with(new Paragraph(text), css);
    }

    /** A part of the page that stands in its outline under the title. */
    public static Section section(String css, String title, Component... children) {
        var section = with(new Section(), css);
        var heading = new H2(title);
        var id = "section-" + Integer.toHexString(System.identityHashCode(heading));
        heading.setId(id);
        section.getElement().setAttribute("aria-labelledby", id);
        section.add(heading);
        section.add(children);
        return section;
    }

    public static <T extends HtmlContainer> T with(T component, String css) {
        component.setClassName(css);
        return component;
    }

    /** Out of sight and still read out. */
    public static Span readOut(String text) {
        return span("read-out", text);
    }

    /** A region that may be wider than its place: so that keys can scroll it as well. */
    public static <T extends Component> T scrolls(T region, String name) {
        region.getElement().setAttribute("role", "region");
        region.getElement().setAttribute("aria-label", name);
        region.getElement().setAttribute("tabindex", "0");
        return region;
    }

    public static <T extends Component> T role(T component, String role) {
        component.getElement().setAttribute("role", role);
        return component;
    }
}
