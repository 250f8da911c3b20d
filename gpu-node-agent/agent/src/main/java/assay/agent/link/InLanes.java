package assay.agent.link;

import assay.agent.fault.AgentException;
import assay.agent.fault.FaultCode;
import assay.stage.v1.ActivationFrame;
import assay.stage.v1.LinkHello;
import assay.stage.v1.Step;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The lanes that arrive from the stage before, put together: frames over all of them become whole
 * messages in the order in which they were sent. What it holds back is bounded by the head's steps
 * in flight. Confined to the owner's loop.
 */
public final class InLanes {
    private static final int LANES_MOST = 16;
    private static final int PARTS_MOST = 1_024;

    private final int creditFrames;
    private final Map<Integer, InLink> lanes = new HashMap<>();
    private final Map<Long, Gathering> gathering = new HashMap<>();
    private long attempt;
    private int wanted;
    private long nextOrdinal;

    /**
     * A message that came whole.
     *
     * @param first frame, which says what it is
     * @param pieces of activations, in order; empty for any other than a step
     */
    public record Message(ActivationFrame first, List<ByteString> pieces) {}

    private static final class Gathering {
        @Nullable ActivationFrame first;
        final Map<Integer, ByteString> pieces = new HashMap<>();

        @Nullable Message whole() {
            ActivationFrame frame = first;
            if (frame == null) {
                return null;
            }
            if (!frame.hasStep()) {
                return new Message(frame, List.of());
            }
            int parts = frame.getStep().getParts();
            if (pieces.size() < parts + 1) {
                return null;
            }
            ByteString[] all = new ByteString[parts + 1];
            pieces.forEach((index, piece) -> all[index] = piece);
            return new Message(frame, Arrays.asList(all));
        }
    }

    /**
     * @param creditFrames that each lane may have under way
     */
    public InLanes(int creditFrames) {
        this.creditFrames = creditFrames;
    }

    /** Whether a hello belongs to the attempt whose lanes are here. */
    public boolean sameAttempt(LinkHello hello) {
        return !lanes.isEmpty() && hello.getLinkId() == attempt;
    }

    /**
     * A lane opened; of another attempt only after {@link #forget}.
     *
     * @return whether all lanes are here now
     */
    public boolean connect(InLink link, LinkHello hello) {
        int count = Math.max(1, hello.getLanes());
        if (count > LANES_MOST || hello.getLane() < 0 || hello.getLane() >= count) {
            throw wrong(
                    "lane: %d of %d".formatted(hello.getLane(), count),
                    "below the count, which is at most " + LANES_MOST);
        }
        attempt = hello.getLinkId();
        wanted = count;
        lanes.put(hello.getLane(), link);
        link.more(creditFrames);
        return lanes.size() == wanted;
    }

    /** The link is a lane of the attempt that is here. */
    public boolean has(InLink link) {
        return lanes.containsValue(link);
    }

    /** Some lane is here. */
    public boolean any() {
        return !lanes.isEmpty();
    }

    /**
     * Says that this stage, and all behind it, is ready.
     *
     * @param keptFrom the first stage that, with all behind it, has what the lineage left there
     */
    public void accept(long epoch, int keptFrom) {
        InLink first = lanes.get(0);
        if (first != null) {
            first.accept(epoch, keptFrom);
        }
    }

    /** Ends all lanes with a reason, and forgets them. */
    public void fail(AgentException fault) {
        List<InLink> all = List.copyOf(lanes.values());
        forget();
        all.forEach(lane -> lane.fail(fault));
    }

    /** Forgets the attempt, and what came of it. */
    public void forget() {
        lanes.clear();
        gathering.clear();
        nextOrdinal = 0;
    }

    /**
     * Takes a frame in.
     *
     * @return the messages that are whole now, and next in order
     * @throws AgentException LINK_MISMATCH when the frame is damaged or fits no message
     */
    public List<Message> take(InLink link, ActivationFrame frame) {
        Gathering into = gathering.computeIfAbsent(frame.getOrdinal(), o -> new Gathering());
        switch (frame.getFrameCase()) {
            case STEP -> {
                Step step = frame.getStep();
                if (step.getParts() < 0 || step.getParts() >= PARTS_MOST) {
                    throw wrong("parts: " + step.getParts(), "below " + PARTS_MOST);
                }
                into.first = frame;
                into.pieces.put(0, checked(step.getHidden(), step.getCrc32C()));
            }
            case PART -> {
                int index = frame.getPart().getIndex();
                if (index < 1 || index >= PARTS_MOST) {
                    throw wrong("part: " + index, "1.." + (PARTS_MOST - 1));
                }
                into.pieces.put(
                        index, checked(frame.getPart().getHidden(), frame.getPart().getCrc32C()));
            }
            case RELEASE, RESUME -> into.first = frame;
            case HELLO, FRAME_NOT_SET -> throw wrong("frame: no step", "step, part, release or resume");
        }
        link.more(1);
        List<Message> whole = new ArrayList<>();
        for (Gathering next = gathering.get(nextOrdinal);
                next != null;
                next = gathering.get(nextOrdinal)) {
            Message message = next.whole();
            if (message == null) {
                break;
            }
            gathering.remove(nextOrdinal++);
            whole.add(message);
        }
        return whole;
    }

    private static ByteString checked(ByteString bytes, int crc) {
        int got = Activations.crc32c(bytes);
        if (got != crc) {
            throw wrong("CRC32C of activations: %08x".formatted(got), "%08x".formatted(crc));
        }
        return bytes;
    }

    private static AgentException wrong(String value, String expected) {
        return new AgentException(FaultCode.LINK_MISMATCH, value + " (expected: " + expected + ")");
    }
}
