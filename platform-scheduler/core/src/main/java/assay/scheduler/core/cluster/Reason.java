package assay.scheduler.core.cluster;

import assay.scheduler.core.cluster.Rejection.Filter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Why something is as it is: sentences that programs tell apart by their codes and people read, in
 * English here and in their own language where the codes are known. Immutable.
 *
 * @param parts in the order in which they are read; empty where there is nothing to say
 */
public record Reason(List<Part> parts) {
    public static final Reason NONE = new Reason(List.of());

    /** The sentences. Names are kept in histories and never change; {n} is the value n. */
    public enum Code {
        /** Words of a node or an operator, as they came. */
        SAID("{0}"),
        RUN_ALREADY("its stages run already"),
        TOKEN_ON_ITS_WAY("a token is on its way"),
        NO_TOKEN("no token came through within {0} s"),
        NO_PROGRESS("loading made no progress for {0} s"),
        CAME_BACK_WITHOUT("its node came back without it"),
        NODE_AWAY("its node was away for {0} s"),
        NODE_NEW("it is new"),
        NODE_SILENT("it is silent"),
        SESSION_BROKE("its session broke"),
        SCHEDULER_ANEW("the scheduler started anew; waiting for its nodes"),
        REQUESTS_FINISHED("its requests are finished"),
        REQUESTS_TOO_LONG("its requests took too long"),
        DEPLOYMENT_CHANGED("its deployment was changed"),
        DEPLOYMENT_REMOVED("its deployment is removed"),
        NODE_DRAINED("a node of it is drained"),
        FEWER_WANTED("fewer replicas are wanted"),
        NO_ROOM_FOR_BOTH("there is no room for both"),
        ASKED_FOR("it was asked for"),
        REQUESTS_WAIT("requests wait for it"),
        /** Milliseconds, percent. */
        BUSY("requests wait {0} ms, caches are {1} % full"),
        IDLE("no request for {0} s"),
        LITTLE_TO_DO("little to do for {0} s"),
        /** Devices, milliseconds of the slowest stage's step, tokens. */
        PLACED_ON("placed on {0} devices; slowest stage {1} ms a step, room for {2} more tokens"),
        STAGES_ELSEWHERE("stage {0} goes elsewhere:"),
        WAITS_FOR_LOWER("waits until {0} replicas of lower priority have given way"),
        /** Deployment, priority. */
        GIVES_WAY("gives way to {0} of priority {1}"),
        NO_ROOM_BESIDE("no room beside the replicas that it shall replace:"),
        NO_ROOM("no room"),
        NO_ROOM_BY("no room: {0} more needed"),
        NO_NODE("no node is there"),
        /** How many nodes or devices, which filter. */
        TURNED_AWAY("{0} x {1}"),
        /** Node or device, which filter, what it found. */
        REJECTED("{0} {1} {2}"),
        /** Node or device, free, missing. */
        REJECTED_BY_MEMORY("{0} is short of memory: {1} free, {2} missing"),
        /** Vanished nodes, known ones. */
        DOUBT(
                "{0} of {1} nodes vanished at once: the scheduler itself may be cut off, and moves nothing"),
        ROOM_PLANNED("{0} replicas move to make room"),
        /** Which move, of how many. */
        ROOM_IN_MAKING("room is being made for it: move {0} of {1}"),
        /** Which move, of how many, replica, deployment. */
        ROOM_MOVE("move {0} of {1}: replica {2} of {3} goes elsewhere"),
        MOVED_FOR("moved to make room for {0}"),
        /** Replica, deployment. */
        TAKES_OVER("takes over from replica {0}, which is moved to make room for {1}"),
        ROOM_FOUND("it has a place"),
        ROOM_NOT_WANTED("it is not wanted any more"),
        ROOM_NONE_AFTER_ALL("there is no room after all"),
        ROOM_FLEET_CHANGED("the fleet changed, and the plan does not help any more"),
        ROOM_NOT_SERVING("a replica did not come to serve at its new place"),
        ROOM_STILL_NEEDED("a replica that moved is still needed at its old place"),
        MOVE_GIVEN_UP("the move is given up:");

        private final String words;

        Code(String words) {
            this.words = words;
        }
    }

    /**
     * A sentence.
     *
     * @param values numbers, names and sizes, as they are shown
     */
    public record Part(Code code, List<String> values) {
        public Part {
            values = List.copyOf(values);
        }

        private String inWords() {
            String words = code.words;
            for (int index = 0; index < values.size(); index++) {
                words = words.replace("{" + index + "}", value(index));
            }
            return words.strip();
        }

        private String value(int index) {
            String value = values.get(index);
            boolean filter = index == 1;
            return switch (code) {
                case TURNED_AWAY -> filter ? value.toLowerCase(Locale.ROOT) : value;
                case REJECTED -> filter ? Filter.valueOf(value).words() : value;
                default -> value;
            };
        }
    }

    public Reason {
        parts = List.copyOf(parts);
    }

    public static Reason of(Code code, Object... values) {
        return new Reason(
                List.of(new Part(code, List.of(values).stream().map(Object::toString).toList())));
    }

    /** Somebody else's words. */
    public static Reason said(String words) {
        return words.isBlank() ? NONE : of(Code.SAID, words);
    }

    /** This, and then the other. */
    public Reason then(Reason next) {
        var all = new ArrayList<>(parts);
        all.addAll(next.parts);
        return new Reason(all);
    }

    public Reason then(Code code, Object... values) {
        return then(of(code, values));
    }

    public boolean isEmpty() {
        return parts.isEmpty();
    }

    /** Whether one of its sentences is that. */
    public boolean says(Code code) {
        return parts.stream().anyMatch(part -> part.code() == code);
    }

    /** In English; empty where there is nothing to say. */
    public String inWords() {
        var words = new StringBuilder();
        for (Part part : parts) {
            if (!words.isEmpty()) {
                words.append(words.charAt(words.length() - 1) == ':' ? " " : "; ");
            }
            words.append(part.inWords());
        }
        return words.toString();
    }
}
