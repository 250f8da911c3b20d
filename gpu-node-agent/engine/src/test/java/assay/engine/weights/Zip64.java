package assay.engine.weights;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Rewrites the directory of a small zip so that every size and place is in zip64 fields. */
final class Zip64 {
    private static final int CENTRAL = 0x02014b50;
    private static final int END = 0x06054b50;

    private Zip64() {}

    static int find(byte[] zip, int signature) {
        ByteBuffer in = ByteBuffer.wrap(zip).order(ByteOrder.LITTLE_ENDIAN);
        int at = 0;
        while (in.getInt(at) != signature) {
            at++;
        }
        return at;
    }

    static byte[] of(byte[] zip) {
        ByteBuffer in = ByteBuffer.wrap(zip).order(ByteOrder.LITTLE_ENDIAN);
        int end = zip.length - 22;
        int at = in.getInt(end + 16);
        int begin = at;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(zip, 0, at);
        int count = 0;
        while (in.getInt(at) == CENTRAL) {
            int name = in.getShort(at + 28);
            int extra = in.getShort(at + 30);
            ByteBuffer entry = ByteBuffer.allocate(46 + name + 28).order(ByteOrder.LITTLE_ENDIAN);
            entry.put(zip, at, 46 + name);
            entry.putShort((short) 1).putShort((short) 24);
            entry.putLong(in.getInt(at + 24))
                    .putLong(in.getInt(at + 20))
                    .putLong(in.getInt(at + 42));
            entry.putInt(20, -1).putInt(24, -1).putShort(30, (short) 28).putInt(42, -1);
            out.writeBytes(entry.array());
            at += 46 + name + extra;
            count++;
        }
        int size = out.size() - begin;
        long end64 = out.size();
        ByteBuffer tail = ByteBuffer.allocate(56 + 20 + 22).order(ByteOrder.LITTLE_ENDIAN);
        tail.putInt(0x06064b50).putLong(44).putInt(0).putInt(0).putInt(0);
        tail.putLong(count).putLong(count).putLong(size).putLong(begin);
        tail.putInt(0x07064b50).putInt(0).putLong(end64).putInt(1);
        tail.putInt(END).putInt(0).putShort((short) -1).putShort((short) -1).putInt(-1).putInt(-1);
        out.writeBytes(tail.array());
        return out.toByteArray();
    }
}
