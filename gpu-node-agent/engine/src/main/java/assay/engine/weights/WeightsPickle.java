package assay.engine.weights;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The pickle inside a PyTorch file, read as data: the few opcodes and globals that torch.save uses
 * for tensors, and nothing else. No name in it reaches a class loader. Source: {@code
 * torch/_weights_only_unpickler.py} for what is allowed, {@code pickletools.py} of CPython for what
 * opcodes mean. Confined to one thread.
 */
final class WeightsPickle {
    private static final int STACK_MOST = 1 << 16;
    private static final int OBJECT_BYTES = 64;
    private static final int PROTOCOL_MOST = 5;
    private static final int RANK_MOST = 64;

    /** A name that the pickle imports; inert. */
    record Global(String module, String name) {
        @Override
        public String toString() {
            return module + "." + name;
        }
    }

    /** A run of elements in the archive. */
    record Storage(Global type, String key, long elements) {}

    /** A tensor over a storage; offset, shape and strides in elements. */
    record Array(Storage storage, Global type, long offset, List<Long> shape, List<Long> strides) {}

    private enum Mark {
        MARK
    }

    /** Stands for what a state dict does not need: devices, hooks, sizes of metadata. */
    private enum Inert {
        NONE,
        OBJECT
    }

    private final String file;
    private final LittleEndian in;
    private final HeapBudget budget;
    private final List<Object> stack = new ArrayList<>();
    private final List<Object> memo = new ArrayList<>();

    private WeightsPickle(String file, MemorySegment pickle, HeapBudget budget) {
        this.file = file;
        this.in = new LittleEndian(file, pickle);
        this.budget = budget;
    }

    /**
     * The object that was pickled: nested maps and lists of texts, numbers and {@link Array}s.
     *
     * @throws EngineException MODEL_UNSUPPORTED names an opcode or a global that is not allowed,
     *     MODEL_INVALID says what is damaged
     */
    static Object read(String file, MemorySegment pickle, HeapBudget budget) {
        return new WeightsPickle(file, pickle, budget).run();
    }

    private Object run() {
        while (true) {
            int code = in.u8();
            if (code == '.') {
                return pop();
            }
            if (!constant(code) && !memory(code) && !container(code)) {
                object(code);
            }
            if (stack.size() > STACK_MOST) {
                throw invalid("stack above %d (expected: at most that)".formatted(STACK_MOST));
            }
        }
    }

    /** Opcodes that push a value of their own. */
    private boolean constant(int code) {
        switch (code) {
            case 0x80 -> {
                int protocol = in.u8();
                if (protocol > PROTOCOL_MOST) {
                    throw invalid("protocol %d (expected: at most 5)".formatted(protocol));
                }
            }
            case 0x95 -> in.skip(Long.BYTES); // FRAME
            case 'N' -> stack.add(Inert.NONE);
            case 0x88 -> stack.add(true);
            case 0x89 -> stack.add(false);
            case 'J' -> push((long) in.i32());
            case 'K' -> push((long) in.u8());
            case 'M' -> push((long) in.u16());
            case 0x8a -> push(longOf(in.u8()));
            case 'G' -> push(in.f64BigEndian());
            case 'X' -> text(in.u32());
            case 0x8c -> text(in.u8());
            case 'U' -> text(in.u8());
            case 'T' -> text(in.u32());
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean memory(int code) {
        switch (code) {
            case 'q' -> put(in.u8());
            case 'r' -> put(in.u32());
            case 0x94 -> put(memo.size());
            case 'h' -> get(in.u8());
            case 'j' -> get(in.u32());
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean container(int code) {
        switch (code) {
            case '(' -> stack.add(Mark.MARK);
            case ')' -> push(List.of());
            case ']' -> push(new ArrayList<>(0));
            case '}' -> push(new LinkedHashMap<>(0));
            case 0x8f -> push(new ArrayList<>(0)); // EMPTY_SET: nothing asks for its members
            case 't' -> push(tuple(popToMark()));
            case 0x85 -> push(tuple(popped(1)));
            case 0x86 -> push(tuple(popped(2)));
            case 0x87 -> push(tuple(popped(3)));
            case 'a' -> append(popped(1));
            case 'e' -> append(popToMark());
            case 's' -> set(popped(2));
            case 'u' -> set(popToMark());
            default -> {
                return false;
            }
        }
        return true;
    }

    private void object(int code) {
        switch (code) {
            case 'c' -> push(allowed(line(), line()));
            case 0x93 -> {
                String name = popAs(String.class, "STACK_GLOBAL");
                push(allowed(popAs(String.class, "STACK_GLOBAL"), name));
            }
            case 'Q' -> push(storage(popAs(List.class, "BINPERSID")));
            case 'R' -> {
                List<?> arguments = popAs(List.class, "REDUCE");
                push(called(popAs(Global.class, "REDUCE"), arguments));
            }
            case 0x81 -> {
                List<?> arguments = popAs(List.class, "NEWOBJ");
                push(called(popAs(Global.class, "NEWOBJ"), arguments));
            }
            case 'b' -> build();
            default ->
                    throw new EngineException(
                            ErrorCode.MODEL_UNSUPPORTED,
                            "%s: pickle opcode %s at byte %d (expected: those of torch.save)"
                                    .formatted(file, PickleOpcodes.name(code), in.position() - 1));
        }
    }

    private void push(Object value) {
        budget.spend(OBJECT_BYTES);
        stack.add(value);
    }

    private Object pop() {
        if (stack.isEmpty()) {
            throw invalid("stack is empty at byte %d".formatted(in.position() - 1));
        }
        return stack.removeLast();
    }

    private <T> T popAs(Class<T> type, String opcode) {
        Object value = pop();
        if (!type.isInstance(value)) {
            throw invalid(
                    "%s at byte %d takes %s (expected: %s)"
                            .formatted(
                                    opcode,
                                    in.position() - 1,
                                    value.getClass().getSimpleName(),
                                    type.getSimpleName()));
        }
        return type.cast(value);
    }

    private List<Object> popped(int count) {
        if (stack.size() < count) {
            throw invalid("stack is empty at byte %d".formatted(in.position() - 1));
        }
        return stack.subList(stack.size() - count, stack.size());
    }

    private List<Object> popToMark() {
        int mark = stack.lastIndexOf(Mark.MARK);
        if (mark < 0) {
            throw invalid("no MARK for byte %d".formatted(in.position() - 1));
        }
        List<Object> above = stack.subList(mark, stack.size());
        above.removeFirst();
        return above;
    }

    /** Takes what {@link #popped} or {@link #popToMark} showed off the stack. */
    private List<Object> tuple(List<Object> above) {
        budget.spend(above.size() * 8L);
        List<Object> values = List.copyOf(above);
        above.clear();
        return values;
    }

    private void append(List<Object> above) {
        List<Object> values = tuple(above);
        if (!(top() instanceof ArrayList<?> list)) {
            throw invalid("APPEND at byte %d (expected: to a list)".formatted(in.position() - 1));
        }
        budget.spend(values.size() * 16L);
        @SuppressWarnings("unchecked") // only lists of objects are ever pushed
        ArrayList<Object> into = (ArrayList<Object>) list;
        into.addAll(values);
    }

    private void set(List<Object> above) {
        List<Object> values = tuple(above);
        if (!(top() instanceof LinkedHashMap<?, ?> map) || values.size() % 2 != 0) {
            throw invalid(
                    "SETITEM at byte %d (expected: into a dict)".formatted(in.position() - 1));
        }
        @SuppressWarnings("unchecked") // only maps of objects are ever pushed
        Map<Object, Object> into = (Map<Object, Object>) map;
        for (int i = 0; i < values.size(); i += 2) {
            budget.spend(OBJECT_BYTES);
            if (!(values.get(i) instanceof String || values.get(i) instanceof Number)) {
                throw invalid(
                        "dict key %s (expected: text or number)".formatted(kind(values.get(i))));
            }
            if (into.put(values.get(i), values.get(i + 1)) != null) {
                throw invalid("dict key %s is there twice".formatted(values.get(i)));
            }
        }
    }

    private Object top() {
        return popped(1).getFirst();
    }

    private void put(long index) {
        if (index > memo.size()) {
            throw invalid(
                    "memo %d at byte %d (expected: at most %d)"
                            .formatted(index, in.position() - 1, memo.size()));
        }
        budget.spend(8);
        if (index == memo.size()) {
            memo.add(top());
        } else {
            memo.set((int) index, top());
        }
    }

    private void get(long index) {
        if (index >= memo.size()) {
            throw invalid("memo %d was never put (byte %d)".formatted(index, in.position() - 1));
        }
        stack.add(memo.get((int) index));
    }

    private void text(long byteCount) {
        budget.spend(OBJECT_BYTES + 2 * byteCount);
        stack.add(in.text(byteCount));
    }

    private String line() {
        long from = in.position();
        while (in.u8() != '\n') {
            if (in.position() - from > 200) {
                throw invalid("GLOBAL at byte %d (expected: a short name)".formatted(from));
            }
        }
        long length = in.position() - from - 1;
        budget.spend(OBJECT_BYTES + 2 * length);
        String text = in.seek(from).text(length);
        in.skip(1);
        return text;
    }

    /** LONG1: little-endian two's complement. */
    private long longOf(int byteCount) {
        if (byteCount > Long.BYTES) {
            throw invalid("LONG1 of %d bytes (expected: at most 8)".formatted(byteCount));
        }
        long value = 0;
        for (int i = 0; i < byteCount; i++) {
            value |= (long) in.u8() << (i * Byte.SIZE);
        }
        int unused = Long.SIZE - byteCount * Byte.SIZE;
        return byteCount == 0 ? 0 : value << unused >> unused;
    }

    private Global allowed(String module, String name) {
        boolean known =
                switch (module) {
                    case "collections" -> name.equals("OrderedDict");
                    case "torch._utils" ->
                            name.equals("_rebuild_tensor_v2")
                                    || name.equals("_rebuild_tensor_v3")
                                    || name.equals("_rebuild_parameter");
                    case "torch" ->
                            name.equals("Size")
                                    || name.equals("device")
                                    || TorchTypes.isStorage(name)
                                    || TorchTypes.ofDtype(name).isPresent();
                    case "torch.storage" -> name.equals("UntypedStorage");
                    default -> false;
                };
        if (!known) {
            throw new EngineException(
                    ErrorCode.MODEL_UNSUPPORTED,
                    "%s: pickle global %s.%s (expected: those of tensors; nothing was run)"
                            .formatted(file, module, name));
        }
        return new Global(module, name);
    }

    /** ('storage', type, key, location, elements). */
    private Storage storage(List<?> id) {
        if (id.size() == 5
                && "storage".equals(id.get(0))
                && id.get(1) instanceof Global type
                && id.get(2) instanceof String key
                && id.get(4) instanceof Long elements
                && elements >= 0) {
            return new Storage(type, key, elements);
        }
        throw invalid("persistent id (expected: ('storage', type, key, location, elements))");
    }

    private Object called(Global function, List<?> arguments) {
        return switch (function.toString()) {
            case "collections.OrderedDict" -> {
                if (!arguments.isEmpty()) {
                    throw invalid("collections.OrderedDict with arguments (expected: none)");
                }
                yield new LinkedHashMap<>(0);
            }
            case "torch._utils._rebuild_tensor_v2" -> array(arguments, null);
            case "torch._utils._rebuild_tensor_v3" ->
                    array(arguments, argument(arguments, 6, Global.class));
            case "torch._utils._rebuild_parameter" -> argument(arguments, 0, Array.class);
            case "torch.Size" -> argument(arguments, 0, List.class);
            case "torch.device" -> Inert.OBJECT;
            default -> throw invalid("call of %s (expected: no call)".formatted(function));
        };
    }

    private Array array(List<?> arguments, @Nullable Global type) {
        Storage storage = argument(arguments, 0, Storage.class);
        long offset = argument(arguments, 1, Long.class);
        List<Long> shape = numbers(argument(arguments, 2, List.class));
        List<Long> strides = numbers(argument(arguments, 3, List.class));
        if (offset < 0 || shape.size() != strides.size() || shape.size() > RANK_MOST) {
            throw invalid(
                    "tensor at %d, shape %s, strides %s (expected: as many strides as dimensions)"
                            .formatted(offset, shape, strides));
        }
        return new Array(storage, type == null ? storage.type() : type, offset, shape, strides);
    }

    private <T> T argument(List<?> arguments, int index, Class<T> type) {
        if (index >= arguments.size() || !type.isInstance(arguments.get(index))) {
            throw invalid(
                    "argument %d of a tensor (expected: %s)"
                            .formatted(index, type.getSimpleName()));
        }
        return type.cast(arguments.get(index));
    }

    private List<Long> numbers(List<?> values) {
        List<Long> numbers = new ArrayList<>(values.size());
        for (Object value : values) {
            if (!(value instanceof Long number) || number < 0) {
                throw invalid(
                        "size or stride %s (expected: a whole number)".formatted(kind(value)));
            }
            numbers.add(number);
        }
        return numbers;
    }

    /** Attributes of an OrderedDict (torch keeps module versions there) say nothing of weights. */
    private void build() {
        pop();
        if (!(top() instanceof LinkedHashMap<?, ?>)) {
            throw invalid("BUILD of %s (expected: of a dict)".formatted(kind(top())));
        }
    }

    private static String kind(Object value) {
        return value instanceof Number || value instanceof Inert
                ? value.toString()
                : value.getClass().getSimpleName();
    }

    private EngineException invalid(String message) {
        return new EngineException(ErrorCode.MODEL_INVALID, file + ": pickle: " + message);
    }
}
