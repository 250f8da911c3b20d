package assay.agent.check;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * The system call filter of the sandbox as classic BPF: calls for sockets, tracing, mounting, new
 * namespaces, kernel modules and keys fail with EPERM, a foreign call convention kills the process,
 * everything else passes. Stateless.
 *
 * <p>Source: the kernel's {@code Documentation/userspace-api/seccomp_filter.rst} and the call
 * tables of x86-64 and arm64.
 */
final class SeccompFilter {
    private static final int LOAD_WORD = 0x20;
    private static final int JUMP_IF_EQUAL = 0x15;
    private static final int JUMP_IF_GREATER_OR_EQUAL = 0x35;
    private static final int RETURN = 0x06;

    private static final int ALLOW = 0x7fff0000;
    private static final int KILL_PROCESS = 0x80000000;
    private static final int REFUSE_WITH_EPERM = 0x00050001;

    private static final int CALL_NUMBER_OFFSET = 0;
    private static final int ARCHITECTURE_OFFSET = 4;
    private static final int X32_CALLS_FROM = 0x40000000;

    private static final int X86_64 = 0xC000003E;
    private static final int AARCH64 = 0xC00000B7;

    // socket..socketpair, ptrace, syslog, personality, pivot_root, acct, (u)mount, swap, reboot,
    // modules, quotactl, kexec, keys,
    // unshare, accept4, perf_event_open, file handles, setns, process_vm_*, bpf, userfaultfd,
    // io_uring, new mount calls, pidfd_getfd
    private static final int[] REFUSED_ON_X86_64 = {
        41, 42, 43, 49, 50, 53, 101, 103, 135, 155, 163, 165, 166, 167, 168, 169, 175, 176, 179,
        246, 248, 249, 250, 272, 288, 298, 303, 304, 308, 310, 311, 313, 320, 321, 323, 425, 426,
        427, 428, 429, 430, 431, 432, 433, 438, 442
    };
    private static final int[] REFUSED_ON_AARCH64 = {
        39, 40, 41, 60, 89, 92, 97, 104, 105, 106, 116, 117, 142, 198, 199, 200, 201, 202, 203, 217,
        218, 219, 224, 225, 241, 242, 264, 265, 268, 270, 271, 273, 280, 282, 294, 425, 426, 427,
        428, 429, 430, 431, 432, 433, 438, 442
    };

    private SeccompFilter() {}

    /**
     * The program, eight bytes an instruction in the machine's byte order, or empty where the call
     * table of the machine is not known.
     *
     * @param machine as the system property {@code os.arch} says
     */
    static Optional<byte[]> program(String machine) {
        return switch (machine) {
            case "amd64", "x86_64" -> Optional.of(assemble(X86_64, REFUSED_ON_X86_64, true));
            case "aarch64" -> Optional.of(assemble(AARCH64, REFUSED_ON_AARCH64, false));
            default -> Optional.empty();
        };
    }

    private static byte[] assemble(int architecture, int[] refused, boolean withX32) {
        var code = ByteBuffer.allocate(8 * (refused.length + 8)).order(ByteOrder.nativeOrder());
        emit(code, LOAD_WORD, 0, 0, ARCHITECTURE_OFFSET);
        emit(code, JUMP_IF_EQUAL, 1, 0, architecture);
        emit(code, RETURN, 0, 0, KILL_PROCESS);
        emit(code, LOAD_WORD, 0, 0, CALL_NUMBER_OFFSET);
        if (withX32) {
            emit(code, JUMP_IF_GREATER_OR_EQUAL, refused.length + 1, 0, X32_CALLS_FROM);
        }
        for (int i = 0; i < refused.length; i++) {
            emit(
                    code,
                    JUMP_IF_EQUAL,
                    refused.length - i,
                    0,
                    refused[i]); // over the rest and the ALLOW
        }
        emit(code, RETURN, 0, 0, ALLOW);
        emit(code, RETURN, 0, 0, REFUSE_WITH_EPERM);
        var program = new byte[code.position()];
        code.flip().get(program);
        return program;
    }

    private static void emit(
            ByteBuffer code, int operation, int whenTrue, int whenFalse, int operand) {
        code.putShort((short) operation).put((byte) whenTrue).put((byte) whenFalse).putInt(operand);
    }
}
