package assay.web.console.part;

import com.vaadin.flow.component.Html;
import com.vaadin.flow.component.html.Div;
import io.nayuki.qrcodegen.QrCode;

/** A text as a QR code, drawn here: nothing of it leaves the page. Source: ISO/IEC 18004. */
public class QrPicture extends Div {
    private static final long serialVersionUID = 1L;

    /** The quiet zone that readers need around it, in modules. */
    private static final int BORDER = 4;

    /**
     * @param name what it is, for who does not see it
     */
    public QrPicture(String text, String name) {
        setClassName("qr");
        Markup.role(this, "img");
        getElement().setAttribute("aria-label", name);
        add(new Html(svg(text)));
    }

    /** Dark on light whatever the theme is: not all readers know it the other way. */
    static String svg(String text) {
        QrCode code = QrCode.encodeText(text, QrCode.Ecc.MEDIUM);
        int size = code.size + 2 * BORDER;
        var path = new StringBuilder();
        for (int y = 0; y < code.size; y++) {
            for (int x = 0; x < code.size; x++) {
                if (code.getModule(x, y)) {
                    path.append('M')
                            .append(x + BORDER)
                            .append(' ')
                            .append(y + BORDER)
                            .append("h1v1h-1z");
                }
            }
        }
        return "<svg viewBox='0 0 "
                + size
                + " "
                + size
                + "' shape-rendering='crispEdges' focusable='false' aria-hidden='true'>"
                + "<rect width='100%' height='100%' fill='#fff'/><path fill='#000' d='"
                + path
                + "'/></svg>";
    }
}
