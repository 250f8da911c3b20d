package assay.engine.kernel.cuda.driver;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;

/**
 * A function of a C library that gives an int and takes integers and pointers alone. Each argument
 * is passed as 64 bits whatever its type: on the two platforms there are drivers for (System V
 * x86-64 and AAPCS64) an integer or pointer argument has a whole register or eight bytes of stack,
 * of which a callee reads the lower part. So one handle for each number of arguments serves all
 * functions, and none is built while a device is opened. Immutable, thread-safe.
 *
 * @param name as the library exports it
 */
record NativeFunction(String name, MemorySegment address) {
    private static final MethodHandle OF_0 = handle(0);
    private static final MethodHandle OF_1 = handle(1);
    private static final MethodHandle OF_2 = handle(2);
    private static final MethodHandle OF_3 = handle(3);
    private static final MethodHandle OF_4 = handle(4);
    private static final MethodHandle OF_5 = handle(5);
    private static final MethodHandle OF_6 = handle(6);
    private static final MethodHandle OF_10 = handle(10);
    private static final MethodHandle OF_16 = handle(16);

    @SuppressWarnings("restricted")
    private static MethodHandle handle(int arguments) {
        MemoryLayout[] layouts = new MemoryLayout[arguments];
        Arrays.fill(layouts, ValueLayout.JAVA_LONG);
        return Linker.nativeLinker()
                .downcallHandle(FunctionDescriptor.of(ValueLayout.JAVA_INT, layouts));
    }

    int call() {
        try {
            return (int) OF_0.invokeExact(address);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    int call(long a) {
        try {
            return (int) OF_1.invokeExact(address, a);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    int call(long a, long b) {
        try {
            return (int) OF_2.invokeExact(address, a, b);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    int call(long a, long b, long c) {
        try {
            return (int) OF_3.invokeExact(address, a, b, c);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    int call(long a, long b, long c, long d) {
        try {
            return (int) OF_4.invokeExact(address, a, b, c, d);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    int call(long a, long b, long c, long d, long e) {
        try {
            return (int) OF_5.invokeExact(address, a, b, c, d, e);
        } catch (Throwable t) {
            throw failed(t);
        }
    }

    int call(long a, long b, long c, long d, long e, long f) {
        try {
            return (int) OF_6.invokeExact(address, a, b, c, d, e, f);
        } catch (Throwable t) {
            throw failed(t);
        }
    }

    int call(long a, long b, long c, long d, long e, long f, long g, long h, long i, long j) {
        try {
            return (int) OF_10.invokeExact(address, a, b, c, d, e, f, g, h, i, j);
        } catch (Throwable t) {
            throw failed(t);
        }
    }

    int call(
            long a,
            long b,
            long c,
            long d,
            long e,
            long f,
            long g,
            long h,
            long i,
            long j,
            long k,
            long l,
            long m,
            long n,
            long o,
            long p) {
        try {
            return (int) OF_16.invokeExact(address, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p);
        } catch (Throwable t) {
            throw failed(t);
        }
    }

    /** A downcall itself throws nothing but errors of this program. */
    private IllegalStateException failed(Throwable cause) {
        if (cause instanceof Error error) {
            throw error;
        }
        return new IllegalStateException(name + ": the call could not be made", cause);
    }
}
