package assay.web.console;

import static org.assertj.core.api.Assertions.assertThat;

import assay.web.console.cluster.Confirmation;
import assay.web.console.deployments.DeployView;
import assay.web.console.deployments.DeploymentView;
import assay.web.console.deployments.DeploymentsView;
import assay.web.console.deployments.ReplicaView;
import assay.web.console.nodes.NodeDetailView;
import assay.web.console.nodes.NodesView;
import assay.web.console.part.Chart;
import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.NativeButton;
import com.vaadin.flow.component.html.NativeTableRow;
import com.vaadin.flow.component.textfield.IntegerField;
import com.vaadin.flow.component.textfield.TextField;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.security.test.context.support.WithAnonymousUser;
import org.springframework.security.test.context.support.WithMockUser;

@WithMockUser("admin")
class ClusterConsoleTest extends BrowserlessConsole {
    @Autowired private FakeCluster cluster;
    @Autowired private FakeScheduler scheduler;

    @Test
    @WithAnonymousUser
    void aGuestSeesNoNodes() {
        navigate("nodes", assay.web.console.signin.SignInView.class);
    }

    @Test
    void nodesAreShownWithTheirFiguresAndDuties() {
        cluster.become(FakeFleet.at(1_000, 0));

        navigate(NodesView.class);

        assertThat(shown())
                .contains(
                        "gpu-a1", "4\u00a0× NVIDIA H200", "Draining", "Lost", "282\u00a0GiB of 564")
                .contains("°C", "MiB/s");
    }

    @Test
    void thousandsOfNodesComePageByPageAndCanBeFiltered() {
        cluster.become(FakeFleet.many(1_000, 120));
        navigate(NodesView.class);
        assertThat(shown()).contains("1–50 of 120", "rack-049").doesNotContain("rack-050");

        test(findInView(NativeButton.class).withText("Next").single()).click();
        assertThat(shown()).contains("51–100 of 120", "rack-050").doesNotContain("rack-049");

        test(findInView(TextField.class).single()).setValue("h200 rack-117");
        assertThat(rows()).isEqualTo(2); // its head is one
        test(findInView(TextField.class).single()).setValue("no such");
        assertThat(shown()).contains("No node matches");
    }

    @Test
    void aNodeShowsItsLastTenMinutesInWordsAndAsTables() {
        for (int i = 0; i < 40; i++) {
            cluster.become(FakeFleet.at(1_000 + i * 2_000L, i));
        }

        open(NodeDetailView.class, "id", "node-gpu-a1");

        assertThat(findInView(Chart.class).all())
                .hasSize(5)
                .allMatch(each ->
                        each.getElement()
                                .getAttribute("aria-label")
                                .contains("over the last ten minutes: now "));
        assertThat(shown())
                .contains("Utilisation", "Memory bandwidth in use", "Temperature", "Network")
                .contains("Stage 1 · layers 0–21", "Lost stages moved", "GPU-3");
    }

    @Test
    void drainingIsAskedForFirstAndThenOrdered() {
        cluster.become(FakeFleet.at(1_000, 0));
        open(NodeDetailView.class, "id", "node-gpu-a1");

        test(findInView(NativeButton.class).withText("Drain").single()).click();
        roundTrip();

        assertThat(scheduler.orders).isEmpty();
        assertThat(dialog()).contains("the 3 stages on it move elsewhere");
        test(find(TextField.class).all().stream()
                        .filter(each -> "Why (optional)".equals(each.getLabel()))
                        .findFirst()
                        .orElseThrow())
                .setValue("new fans");
        test(find(Button.class).withText("Drain").single()).click();
        roundTrip();
        assertThat(scheduler.orders).containsExactly("drain node-gpu-a1 new fans");
        assertThat(find(Confirmation.class).all()).isEmpty();
    }

    @Test
    void anOrderThatFailsIsToldWhereItWasGiven() {
        cluster.become(FakeFleet.at(1_000, 0));
        open(NodeDetailView.class, "id", "node-gpu-a1");
        scheduler.away(true);

        test(findInView(NativeButton.class).withText("Cordon").single()).click();
        roundTrip();
        test(find(Button.class).withText("Cordon").single()).click();
        roundTrip();

        assertThat(dialog()).contains("The scheduler does not answer.", "5 seconds");
        scheduler.away(false);
        test(find(Button.class).withText("Cordon").single()).click();
        assertThat(scheduler.orders).containsExactly("cordon node-gpu-a1");
    }

    @Test
    void aDrainingNodeSaysHowFarItIs() {
        cluster.become(FakeFleet.at(1_000, 0));

        open(NodeDetailView.class, "id", "node-gpu-b1");

        assertThat(shown()).contains("2 stages have yet to move.", "fan 2 is loud", "Open again");
    }

    @Test
    void anUnknownNodeIsToldSo() {
        cluster.become(FakeFleet.at(1_000, 0));

        open(NodeDetailView.class, "id", "nowhere");

        assertThat(shown()).contains("There is no such node");
    }

    @Test
    void theDoubtAboutAMassLossIsToldAndEndsOnlyOnConfirmation() {
        cluster.become(
                FakeFleet.at(1_000, 0).toBuilder().setDoubt("7 of 12 nodes vanished").build());
        navigate(NodesView.class);
        assertThat(shown()).contains("Many nodes vanished at once", "7 of 12 nodes vanished");

        test(findInView(NativeButton.class).withText("They are gone: move what they had").single())
                .click();
        roundTrip();
        assertThat(scheduler.orders).isEmpty();
        test(find(Button.class).withText("They are gone: move what they had").single()).click();
        assertThat(scheduler.orders).containsExactly("accept-loss");
    }

    @Test
    void deploymentsAreShownWithTheirStagesOverTheNodes() {
        cluster.become(FakeFleet.at(1_000, 8));

        navigate(DeploymentsView.class);

        assertThat(shown())
                .contains("1 of 2 serve", "1 to 4 by rule", "priority -5")
                .contains("Stage 3 · layers 44–63", "Fetching", "40%", "Waiting for room")
                .contains("12 GiB free, 53 GiB missing");
    }

    @Test
    void withoutDeploymentsItSaysHowToBegin() {
        scheduler.clear();
        cluster.become(FakeFleet.at(1_000, 0));

        navigate(DeploymentsView.class);

        assertThat(shown()).contains("Nothing is deployed yet", "New deployment");
    }

    @Test
    void removingADeploymentIsAskedForFirst() {
        cluster.become(FakeFleet.at(1_000, 0));
        open(DeploymentView.class, "name", "assistant");

        test(findInView(NativeButton.class).withText("Remove").single()).click();
        roundTrip();
        assertThat(dialog()).contains("finish those that run");
        assertThat(scheduler.orders).isEmpty();
        test(find(Button.class).withText("Remove").single()).click();
        assertThat(scheduler.orders).containsExactly("remove assistant");
    }

    @Test
    void aReplicaTellsWhyItMoved() {
        cluster.become(FakeFleet.at(1_000, 0));

        open(ReplicaView.class, "id", FakeFleet.SERVING);

        assertThat(shown())
                .contains("A node of it is gone", "Serving → Broken", "node cpu-c1 is gone")
                .contains("moved here", "SUPERSEDED_BY_MOON");
    }

    @Test
    void aHistoryIsToldInTheReadersLanguageWhereItsReasonsAreKnown() {
        cluster.become(FakeFleet.at(1_000, 0));
        open(ReplicaView.class, "id", FakeFleet.SERVING);
        assertThat(shown())
                .contains(
                        "stage 1 goes elsewhere: its node was away for 12 s; 3 × is short of"
                                + " memory;")
                .contains("n1 is cordoned");

        UI.getCurrent().setLocale(Locale.SIMPLIFIED_CHINESE);
        open(ReplicaView.class, "id", FakeFleet.SERVING);

        assertThat(shown()).contains("阶段 1 移至别处：它的节点已失联 12 秒；3 处：").contains("node cpu-c1 is gone");
    }

    @Test
    void aReplicaThatIsGoneStillHasItsHistory() {
        cluster.become(FakeFleet.at(1_000, 0));

        open(ReplicaView.class, "id", "gone");

        assertThat(shown()).contains("It is not here any more", "Lost stages moved");
    }

    @Test
    void nothingIsAppliedBeforeItsPlanWasShown() {
        navigate(DeployView.class);
        field("Name").setValue("chat");
        assertThat(button("Deploy").isVisible()).isFalse();

        test(button("Show the plan")).click();

        assertThat(shown())
                .contains("It fits", "12.3\u00a0ms", "gpu-a1 / GPU-2", "34\u00a0GiB", "48,000");
        field("Name").setValue("chat2");
        assertThat(shown()).contains("show the plan again");
        assertThat(button("Deploy").isVisible()).isFalse();

        test(button("Show the plan")).click();
        test(button("Deploy")).click();
        assertThat(scheduler.orders).containsExactly("apply chat2 x1");
    }

    @Test
    void aPlanThatFindsNoRoomSaysWhyAndWhatWouldFit() {
        navigate(DeployView.class);
        field("Name").setValue("big-one");

        test(button("Show the plan")).click();

        assertThat(shown())
                .contains("There is no room now", "41\u00a0GiB of device memory are missing")
                .contains(
                        "at most 12,288 tokens", "One more device with at least 129\u00a0GiB free")
                .contains("88\u00a0GiB free, 41\u00a0GiB missing", "lacks the label zone=north")
                .contains("the moon is wrong");
        assertThat(button("Apply, and wait for room").isVisible()).isTrue();
    }

    @Test
    void whatWouldNeverFitCanNotBeApplied() {
        navigate(DeployView.class);
        field("Name").setValue("chat");
        number("Stages").setValue(9);

        test(button("Show the plan")).click();

        assertThat(shown()).contains("It would never fit", "stages: 9 (expected: 0..8)");
        assertThat(button("Deploy").isVisible()).isFalse();
    }

    @Test
    void aWrongEntryIsToldAtItsField() {
        navigate(DeployView.class);
        field("Name").setValue("-no");
        field("Node labels").setValue("zone");

        test(button("Show the plan")).click();

        assertThat(field("Name").isInvalid()).isTrue();
        assertThat(field("Node labels").isInvalid()).isTrue();
        assertThat(shown()).contains("it says where one new replica would go");
    }

    @Test
    void aChangeBeginsWithWhatIsThere() {
        open(DeployView.class, "name", "assistant");

        assertThat(field("Name").isReadOnly()).isTrue();
        assertThat(field("Node labels").getValue()).isEqualTo("zone=north");
        assertThat(number("At most").getValue()).isEqualTo(4);
    }

    @Test
    void anotherLanguageKeepsWhatWasEntered() {
        navigate(DeployView.class);
        field("Name").setValue("chat");

        UI.getCurrent().setLocale(Locale.SIMPLIFIED_CHINESE);

        assertThat(shown()).contains("新建部署").doesNotContain("New deployment");
        assertThat(field("名称").getValue()).isEqualTo("chat");
    }

    private <T extends com.vaadin.flow.component.Component> void open(
            Class<T> view, String parameter, String value) {
        navigate(view, Map.of(parameter, value));
    }

    private IntegerField number(String label) {
        return findInView(IntegerField.class).all().stream()
                .filter(each -> label.equals(each.getLabel()))
                .findFirst()
                .orElseThrow();
    }

    /** Also one that is hidden. */
    private static Button button(String text) {
        return all(UI.getCurrent())
                .filter(Button.class::isInstance)
                .map(Button.class::cast)
                .filter(each -> each.getText().equals(text))
                .findFirst()
                .orElseThrow();
    }

    private static java.util.stream.Stream<com.vaadin.flow.component.Component> all(
            com.vaadin.flow.component.Component from) {
        return java.util.stream.Stream.concat(
                java.util.stream.Stream.of(from),
                from.getChildren().flatMap(ClusterConsoleTest::all));
    }

    private int rows() {
        return findInView(NativeTableRow.class).all().size();
    }

    private String dialog() {
        return find(Confirmation.class).single().getElement().getTextRecursively();
    }
}
