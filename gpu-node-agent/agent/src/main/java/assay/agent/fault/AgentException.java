package assay.agent.fault;

import java.util.Map;

/**
 * The one unchecked exception of the agent. Its message never holds a prompt, an answer or a key.
 */
public final class AgentException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final FaultCode code;
    private final transient Map<String, String> metadata;

    /** A fault without further facts. */
    public AgentException(FaultCode code, String detail) {
        this(code, detail, Map.of());
    }

    /** A fault with facts a program can read, such as {@code prompt_tokens}. */
    public AgentException(FaultCode code, String detail, Map<String, String> metadata) {
        super(detail);
        this.code = code;
        this.metadata = Map.copyOf(metadata);
    }

    /** A fault that another one caused. */
    public AgentException(FaultCode code, String detail, Throwable cause) {
        super(detail, cause);
        this.code = code;
        this.metadata = Map.of();
    }

    /** The stable name. */
    public FaultCode code() {
        return code;
    }

    /** Facts for programs, never null. */
    public Map<String, String> metadata() {
        return metadata;
    }

    /** The message, which is always set. */
    public String detail() {
        String message = getMessage();
        return message == null ? code.name() : message;
    }
}
