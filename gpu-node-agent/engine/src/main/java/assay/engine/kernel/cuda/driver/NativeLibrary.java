package assay.engine.kernel.cuda.driver;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * A C library that was found and loaded; it stays loaded until the process ends, as drivers do not
 * bear being unloaded. Immutable, thread-safe.
 *
 * @param file where it was found, or the name under which the system's loader knew it
 */
record NativeLibrary(String file, SymbolLookup symbols) {
    /**
     * @throws EngineException BACKEND_UNAVAILABLE when this release does not have it
     */
    NativeFunction function(String name) {
        return find(name)
                .orElseThrow(() ->
                        new EngineException(
                                ErrorCode.BACKEND_UNAVAILABLE,
                                "%s: no function %s (expected: a newer release)"
                                        .formatted(file, name)));
    }

    Optional<NativeFunction> find(String name) {
        return symbols.find(name).map(address -> new NativeFunction(name, address));
    }

    /** The text at an address that a C function gave; empty where it gave none. */
    @SuppressWarnings("restricted")
    static String text(long address) {
        return address == 0
                ? ""
                : MemorySegment.ofAddress(address).reinterpret(Long.MAX_VALUE).getString(0);
    }

    /** The pointer-sized value at the start of a segment. */
    static long word(MemorySegment segment) {
        return segment.get(ValueLayout.JAVA_LONG, 0);
    }
}
