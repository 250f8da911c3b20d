package assay.web.console.part;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.Html;

/**
 * The drawings of the console, on a grid of 24, drawn as strokes in the colour of the text. They
 * only accompany words, so they are hidden from screen readers.
 */
public enum Glyph {
    /** The mark: a punch of a hallmark, in it an A whose bar is the streak on the touchstone. */
    MARK(
            "<path class='punch' d='M7 1h10l6 6v10l-6 6H7l-6-6V7z'/>"
                    + "<path class='letter' d='M6 18 12 5.4 18 18'/>"
                    + "<path class='streak' d='M3.6 15 20.4 11.8'/>"),
    OVERVIEW("<path d='M4 4h7v9H4zM13 4h7v5h-7zM13 12h7v8h-7zM4 16h7v4H4z'/>"),
    JOBS("<path d='M4 5h10M4 10h10M4 15h6M4 20h6'/><path d='m14 17 2.5 2.5 4.5-5'/>"),
    VERIFY("<path d='M8 3h8l5 5v8l-5 5H8l-5-5V8z'/><path d='m8.5 12 2.5 2.5 4.5-5'/>"),
    SUN(
            "<circle cx='12' cy='12' r='4'/><path d='M12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17"
                    + " 17l1.4 1.4M5.6 18.4 7 17M17 7l1.4-1.4'/>"),
    MOON("<path d='M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z'/>"),
    HALF("<circle cx='12' cy='12' r='8'/><path class='full' d='M12 4a8 8 0 0 1 0 16z'/>"),
    COPY("<path d='M9 9h11v11H9z'/><path d='M15 9V4H4v11h5'/>"),
    CHECK("<path d='m5 12.5 4.5 4.5L19 7.5'/>"),
    CROSS("<path d='M6.5 6.5l11 11M17.5 6.5l-11 11'/>"),
    QUESTION("<path d='M9 9a3 3 0 1 1 4.6 2.5c-1 .7-1.6 1.2-1.6 2.5M12 17.5v.1'/>"),
    DOWNLOAD("<path d='M12 4v11M7 10.5l5 5 5-5M4 20h16'/>"),
    OPEN("<path d='M13 4h7v7M20 4l-9 9M17 14v6H4V7h6'/>"),
    LINK(
            "<path d='M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7L12 7M14 10a4 4 0 0 0-6-.4l-3 3"
                    + "a4 4 0 0 0 5.7 5.7L12 17'/>"),
    NODE("<path d='M4 5h16v6H4zM4 13h16v6H4zM7.5 8v.1M7.5 16v.1M11 8h5M11 16h5'/>"),
    LAYERS("<path d='M12 3 3 8l9 5 9-5zM3 12.5l9 5 9-5M3 17l9 5 9-5'/>"),
    CHIP(
            "<path d='M7 7h10v10H7zM10 10h4v4h-4zM10 3v4M14 3v4M10 17v4M14 17v4M3 10h4M3 14h4"
                    + "M17 10h4M17 14h4'/>"),
    STOP("<path class='full' d='M7 7h10v10H7z'/>"),
    WARNING("<path d='M12 4 21 20H3zM12 10v4.5M12 17.2v.1'/>"),
    UNPLUGGED("<path d='M8 3v5M16 3v5M6 8h12v3a6 6 0 0 1-12 0zM12 17v4M3 21 21 3'/>"),
    ARROW("<path d='M4 12h15M13 6l6 6-6 6'/>"),
    SIGN_OUT("<path d='M14 4H5v16h9M10 12h11M17 8l4 4-4 4'/>"),
    SIGN_IN("<path d='M10 4h9v16h-9M3 12h11M10 8l4 4-4 4'/>"),
    PLUS("<path d='M12 5v14M5 12h14'/>"),
    MINUS("<path d='M5 12h14'/>"),
    CLOCK("<circle cx='12' cy='12' r='8.5'/><path d='M12 7v5l3.5 2'/>"),
    EYE(
            "<path d='M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z'/>"
                    + "<circle cx='12' cy='12' r='2.8'/>"),
    TENANT(
            "<path d='M4 20V6l7-3v17M11 20V9l9 3v8M3 20h18M7 8v.1M7 12v.1M7 16v.1M15 14v.1M15 17v.1'/>"),
    PEOPLE(
            "<circle cx='9' cy='8' r='3.5'/><path d='M2.5 20a6.5 6.5 0 0 1 13 0M16 4.8a3.5 3.5 0 0 1"
                    + " 0 6.4M18 14.5a6.5 6.5 0 0 1 3.5 5.5'/>"),
    ROLE(
            "<path d='M12 3l8 3v6c0 4.5-3.4 7.6-8 9-4.6-1.4-8-4.5-8-9V6z'/><path d='m8.5 12 2.5 2.5 4.5-5'/>"),
    KEY("<circle cx='8' cy='15' r='4'/><path d='m11 12 9-9M16 7l3 3M13.5 9.5l2 2'/>"),
    GAUGE("<path d='M4 18a9 9 0 1 1 16 0M12 15l4.5-5.5M12 15v.1M6.5 12.5v.1M12 8v.1'/>"),
    PERSON("<circle cx='12' cy='8' r='4'/><path d='M4 20.5a8 8 0 0 1 16 0'/>"),
    SHIELD("<path d='M12 3 4.5 6v5.5c0 4.5 3 7.8 7.5 9.5 4.5-1.7 7.5-5 7.5-9.5V6z'/>"),
    RECORDS("<path d='M6 3h9l4 4v14H6zM14.5 3v5H19M9 12h7M9 15.5h7M9 19h4'/>"),
    LINES("<path d='M4 6h16M4 10h11M4 14h16M4 18h8'/>"),
    LOCK("<path d='M5 11h14v9H5zM8 11V8a4 4 0 0 1 8 0v3'/>");

    private final String paths;

    Glyph(String paths) {
        this.paths = paths;
    }

    /** A new drawing; it takes its size from the text around it. */
    public Component draw() {
        return new Html(
                "<span class='glyph glyph-"
                        + name().toLowerCase(java.util.Locale.ROOT).replace('_', '-')
                        + "' aria-hidden='true'><svg viewBox='0 0 24 24' focusable='false'>"
                        + paths
                        + "</svg></span>");
    }
}
