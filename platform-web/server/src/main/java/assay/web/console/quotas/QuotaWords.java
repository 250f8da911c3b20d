package assay.web.console.quotas;

import assay.web.console.part.Figures;
import assay.web.console.part.Pill;
import assay.web.limits.LimitKind;
import assay.web.limits.Quota;
import assay.web.limits.QuotaBook.Standing;
import com.vaadin.flow.component.Component;

/** A limit in the visitor's words. Confined to its view. */
final class QuotaWords {
    private final Component view;
    private final Figures figures;

    QuotaWords(Component view) {
        this.view = view;
        this.figures = new Figures(view.getUI().map(ui -> ui.getLocale()).orElseThrow());
    }

    Figures figures() {
        return figures;
    }

    String kind(LimitKind kind) {
        return view.getTranslation("quotas.kind." + kind.id());
    }

    /** Whose it is: "User alice". */
    String holder(Quota quota, String name) {
        return view.getTranslation("quotas.holder." + quota.subject().kind().id(), name);
    }

    String amount(LimitKind kind, long amount) {
        return kind == LimitKind.STORED_BYTES || kind == LimitKind.DEVICE_BYTES
                ? figures.bytes(amount)
                : figures.number((double) amount, 0);
    }

    String used(Standing standing) {
        Quota quota = standing.quota();
        String amount = amount(quota.kind(), quota.amount());
        Long used = standing.used();
        return used == null
                ? view.getTranslation("quotas.used.unknown", amount)
                : view.getTranslation("quotas.used", amount(quota.kind(), used), amount);
    }

    Pill state(Standing standing) {
        if (standing.used() == null) {
            return new Pill(Pill.Tone.QUIET, view.getTranslation("quotas.state.elsewhere"));
        }
        if (standing.share() >= 1) {
            return new Pill(Pill.Tone.BAD, view.getTranslation("quotas.state.full"));
        }
        return standing.soft()
                ? new Pill(Pill.Tone.WARN, view.getTranslation("quotas.state.near"))
                : new Pill(Pill.Tone.GOOD, view.getTranslation("quotas.state.room"));
    }
}
