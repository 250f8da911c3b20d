package assay.agent.head;

import assay.agent.fault.AgentException;
import assay.agent.fault.FaultCode;
import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.stage.Refusal;

/** The engine's refusals of a request in the agent's words. Stateless. */
final class EngineFaults {
    private EngineFaults() {}

    static AgentException of(EngineException e) {
        return new AgentException(code(e.code()), String.valueOf(e.getMessage()), e);
    }

    static AgentException of(Refusal refusal) {
        return new AgentException(code(refusal.code()), refusal.detail());
    }

    private static FaultCode code(ErrorCode code) {
        return switch (code) {
            case PROMPT_TOO_LONG -> FaultCode.PROMPT_TOO_LONG;
            case SEQUENCE_TOO_LARGE -> FaultCode.KV_ROOM_TOO_SMALL;
            case REQUEST_INVALID -> FaultCode.REQUEST_INVALID;
            case MODEL_UNSUPPORTED,
                    MODEL_INVALID,
                    MODEL_UNREADABLE,
                    KV_EXHAUSTED,
                    OUT_OF_MEMORY,
                    LOGITS_NOT_FINITE,
                    BACKEND_UNAVAILABLE,
                    DEVICE_FAILED,
                    STEP_INVALID ->
                    FaultCode.ENGINE_FAILED;
        };
    }
}
