package org.dvr.dataplane.io.sys;

import static org.dvr.dataplane.io.sys.BpfAssembler.R0;
import static org.dvr.dataplane.io.sys.BpfAssembler.R1;
import static org.dvr.dataplane.io.sys.BpfAssembler.R2;
import static org.dvr.dataplane.io.sys.BpfAssembler.R6;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.dvr.dataplane.io.sys.BpfAssembler.Label;
import org.dvr.dataplane.io.sys.BpfAssembler.Width;
import org.junit.jupiter.api.Test;

/** Encodings against those of the kernel's instruction set: opcode, registers, offset, immediate. */
class BpfAssemblerTest {
    @Test
    void shouldEncodeEveryInstruction() {
        final Label end = new Label();
        final long[] program = new BpfAssembler()
                .move(R6, R1)
                .moveValue(R0, -1)
                .add(R2, R0)
                .addValue(R2, 14)
                .subtract(R2, R0)
                .andValue(R0, 0x0F)
                .shiftLeft(R0, 2)
                .shiftRight(R0, 32)
                .multiplyValue(R0, 3)
                .multiplyValue32(R0, 5)
                .or(R0, R2)
                .xor(R0, R2)
                .xorValue32(R0, -2)
                .load(Width.BYTE, R0, R2, 23)
                .load(Width.HALF, R0, R2, 12)
                .load(Width.WORD, R0, R1, -4)
                .load(Width.DOUBLE, R0, R1, 8)
                .loadFrame(Width.HALF, 12)
                .loadFrame(Width.BYTE, R6, 16)
                .loadMap(R1, 42)
                .jumpIfNull(R0, end)
                .jumpIfEqual(R0, 47, end)
                .jumpIfNotEqual(R0, 17, end)
                .jumpIfAny(R0, 0x1FFF, end)
                .jumpIfAbove(R2, R6, end)
                .jump(end)
                .call(51)
                .label(end)
                .exit()
                .program();
        final long[] expected = {
            0x00000000_0000_16BFL,
            0xFFFFFFFF_0000_00B7L,
            0x00000000_0000_020FL,
            0x0000000E_0000_0207L,
            0x00000000_0000_021FL,
            0x0000000F_0000_0057L,
            0x00000002_0000_0067L,
            0x00000020_0000_0077L,
            0x00000003_0000_0027L,
            0x00000005_0000_0024L,
            0x00000000_0000_204FL,
            0x00000000_0000_20AFL,
            0xFFFFFFFE_0000_00A4L,
            0x00000000_0017_2071L,
            0x00000000_000C_2069L,
            0x00000000_FFFC_1061L,
            0x00000000_0008_1079L,
            0x0000000C_0000_0028L,
            0x00000010_0000_6050L,
            0x0000002A_0000_1118L,
            0x00000000_0000_0000L,
            0x00000000_0006_0015L,
            0x0000002F_0005_0016L,
            0x00000011_0004_0056L,
            0x00001FFF_0003_0046L,
            0x00000000_0002_622DL,
            0x00000000_0001_0005L,
            0x00000033_0000_0085L,
            0x00000000_0000_0095L,
        };
        assertArrayEquals(expected, program);
    }

    @Test
    void shouldJumpBackToALabelThatStandsBefore() {
        final Label start = new Label();
        final long[] program =
                new BpfAssembler().label(start).exit().jump(start).program();
        assertArrayEquals(new long[] {0x95L, 0xFFFE_0005L}, program);
    }

    @Test
    void shouldRefuseLabelsThatStandTwiceOrNowhere() {
        final Label label = new Label();
        final BpfAssembler program = new BpfAssembler().label(label);
        assertThrows(IllegalStateException.class, () -> program.label(label));
        program.jump(new Label());
        assertThrows(IllegalStateException.class, program::program);
    }

    @Test
    void shouldGrow() {
        final BpfAssembler program = new BpfAssembler();
        for (int i = 0; i < 1_000; i++) {
            program.moveValue(R0, i);
        }
        final long[] expected = new long[1_000];
        for (int i = 0; i < expected.length; i++) {
            expected[i] = (long) i << 32 | 0xB7;
        }
        assertArrayEquals(expected, program.program());
    }
}
