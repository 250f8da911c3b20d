package assay.agent.head;

import assay.agent.fault.AgentException;
import assay.agent.fault.FaultCode;
import assay.engine.EngineException;

/** The engine's refusals of a request in the agent's words. Stateless. */
final class EngineFaults {
    private EngineFaults() {}

    static AgentException of(EngineException e) {
        FaultCode code =
                switch (e.code()) {
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
                            STEP_INVALID ->
                            FaultCode.ENGINE_FAILED;
                };
        return new AgentException(code, String.valueOf(e.getMessage()), e);
    }
}
