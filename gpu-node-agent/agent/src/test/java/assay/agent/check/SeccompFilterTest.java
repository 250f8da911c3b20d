package assay.agent.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/** Runs the program on a small interpreter of classic BPF. */
class SeccompFilterTest {
    private static final int ALLOW = 0x7fff0000;
    private static final int EPERM = 0x00050001;
    private static final int KILL = 0x80000000;
    private static final int X86_64 = 0xC000003E;
    private static final int AARCH64 = 0xC00000B7;

    @Test
    void refusesSocketsAndNewNamespacesAndAllowsReading() {
        byte[] program = SeccompFilter.program("amd64").orElseThrow();
        assertThat(run(program, X86_64, 41)).as("socket").isEqualTo(EPERM);
        assertThat(run(program, X86_64, 272)).as("unshare").isEqualTo(EPERM);
        assertThat(run(program, X86_64, 442)).as("the last one").isEqualTo(EPERM);
        assertThat(run(program, X86_64, 0)).as("read").isEqualTo(ALLOW);
        assertThat(run(program, X86_64, 59)).as("execve").isEqualTo(ALLOW);
        assertThat(run(program, X86_64, 0x40000000 + 41)).as("x32").isEqualTo(EPERM);
        assertThat(run(program, 0x40000003, 102)).as("32 bit").isEqualTo(KILL);
    }

    @Test
    void knowsArmAndAdmitsNotToKnowTheRest() {
        byte[] program = SeccompFilter.program("aarch64").orElseThrow();
        assertThat(run(program, AARCH64, 198)).as("socket").isEqualTo(EPERM);
        assertThat(run(program, AARCH64, 63)).as("read").isEqualTo(ALLOW);
        assertThat(SeccompFilter.program("riscv64")).isEmpty();
    }

    private static int run(byte[] program, int architecture, int call) {
        var code = ByteBuffer.wrap(program).order(ByteOrder.nativeOrder());
        int accumulator = 0;
        for (int at = 0; ; at++) {
            int operation = code.getShort(8 * at);
            int operand = code.getInt(8 * at + 4);
            boolean taken;
            switch (operation) {
                case 0x20 -> {
                    accumulator = operand == 4 ? architecture : call;
                    continue;
                }
                case 0x15 -> taken = accumulator == operand;
                case 0x35 -> taken = Integer.compareUnsigned(accumulator, operand) >= 0;
                case 0x06 -> {
                    return operand;
                }
                default -> throw new AssertionError("operation " + operation);
            }
            at += Byte.toUnsignedInt(code.get(8 * at + (taken ? 2 : 3)));
        }
    }
}
