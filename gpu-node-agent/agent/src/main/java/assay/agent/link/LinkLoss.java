package assay.agent.link;

import assay.agent.fault.AgentException;
import assay.agent.fault.FaultCode;
import assay.agent.fault.GrpcFaults;
import com.google.rpc.ErrorInfo;
import java.util.Map;

/**
 * Why a link is over. Immutable.
 *
 * @param stage the stage that does not answer, as far as can be told from here; 0 when it can not
 */
public record LinkLoss(String why, int stage) {
    private static final String LOST_STAGE = "lost_stage";

    /** Nobody can tell which stage it was. */
    public static LinkLoss unknown(String why) {
        return new LinkLoss(why, 0);
    }

    /**
     * What an error means that came from the link's other end, or from the way there. An end that
     * answers tells itself which stage is gone; one that does not is gone.
     */
    static LinkLoss of(Throwable thrown, int toStage) {
        ErrorInfo info = GrpcFaults.info(thrown);
        String line = GrpcFaults.line(thrown);
        String told = info.getMetadataOrDefault(LOST_STAGE, "");
        if (told.matches("[0-9]{1,4}")) {
            return new LinkLoss(line, Integer.parseInt(told));
        }
        boolean away =
                info.getReason().isEmpty()
                        || info.getReason().equals(FaultCode.REPLICA_NOT_HERE.name());
        return new LinkLoss(line, away ? toStage : 0);
    }

    /** The same for the stage before. */
    public AgentException fault() {
        return new AgentException(
                FaultCode.STAGE_LOST,
                "stage behind: " + why,
                stage == 0 ? Map.of() : Map.of(LOST_STAGE, Integer.toString(stage)));
    }
}
