package org.dvr.pcaps.state;

import static org.dvr.pcaps.state.Flows.EPOCH;
import static org.dvr.pcaps.state.Flows.FLOATING;
import static org.dvr.pcaps.state.Flows.GUEST;
import static org.dvr.pcaps.state.Flows.HOST;
import static org.dvr.pcaps.state.Flows.SECOND;
import static org.dvr.pcaps.state.Flows.SHARED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.nat.conntrack.ConnectionRecord;
import org.dvr.nat.conntrack.ConntrackTable;
import org.dvr.nat.tuple.TupleKey;
import org.dvr.pcaps.state.ConnectionStore.Loaded;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConnectionStoreTest {
    private static final TopologySnapshot TOPOLOGY = Flows.topology(5, "router-a", "router-b");

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void name() {
        file = folder.resolve("connections.state");
    }

    /** Three connections of two routers, written at {@link Flows#EPOCH}. */
    private void write() {
        final ConntrackTable table = Flows.table(64);
        Flows.tcp(table, 5, 40_000, SHARED, 100 * SECOND);
        Flows.tcp(table, 5, 40_001, FLOATING, 100 * SECOND);
        Flows.udp(table, 6, 1, GUEST, 100 * SECOND);
        assertEquals(
                file + ": 3 connections written",
                new ConnectionStore(file, HOST).save(TOPOLOGY, table, 101 * SECOND, EPOCH));
    }

    private Loaded load(final TopologySnapshot topology, final ConntrackTable table, final long epochNs) {
        return new ConnectionStore(file, HOST).load(topology, table, 7 * SECOND, epochNs);
    }

    private Loaded load() {
        final ConntrackTable table = Flows.table(64);
        final Loaded loaded = load(TOPOLOGY, table, EPOCH);
        assertEquals(loaded.restored(), table.active());
        return loaded;
    }

    /** Another program's checksum over other bytes: what is wrong then is in the bytes. */
    private void sign(final byte[] bytes) throws IOException {
        final CRC32C crc = new CRC32C();
        crc.update(bytes, 0, bytes.length - 4);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(bytes.length - 4, (int) crc.getValue());
        Files.write(file, bytes);
    }

    private void assertRefused(final String why) {
        final Loaded loaded = load();
        assertTrue(loaded.isRefused(), why);
        assertEquals(0, loaded.restored(), why);
        assertTrue(loaded.line().startsWith(file + ": "), loaded.line());
        assertTrue(loaded.line().contains(why), loaded.line());
        assertTrue(loaded.line().contains("; starting without"), loaded.line());
        assertEquals(1, loaded.line().lines().count());
    }

    @Test
    void shouldBringBackWhatItKept() throws IOException {
        write();
        assertEquals(48 + 10 + 2 * 22 + 3 * ConnectionRecord.LENGTH + 4, Files.size(file));
        final ConntrackTable table = Flows.table(64);
        assertEquals(
                new Loaded(3, 0, 0, 0, 0, file + ": 3 connections restored", false),
                load(TOPOLOGY, table, EPOCH + 9 * SECOND));
        assertEquals(
                "[tcp 10.0.1.11:40000 > 8.8.8.8:443 zone 5, reply tcp 8.8.8.8:443 > 203.0.113.30:40000 zone 5, ESTABLISHED, replied, 431990 s left,"
                        + " tcp 10.0.1.11:40001 > 8.8.8.8:443 zone 5, reply tcp 8.8.8.8:443 > 203.0.113.51:40001 zone 5, ESTABLISHED, replied, 431990 s left,"
                        + " udp 10.0.1.11:1 > 8.8.8.8:443 zone 6, reply udp 8.8.8.8:443 > 203.0.113.30:1 zone 6, unreplied, 20 s left]",
                Flows.lines(table, 7 * SECOND).toString());
        assertFalse(Files.exists(StateWriter.temporary(file)));
    }

    @Test
    void shouldBeginWithoutAFile() {
        final Loaded loaded = load();
        assertEquals(file + ": no state yet, starting without connections", loaded.line());
        assertFalse(loaded.isRefused());
    }

    @Test
    void shouldLeaveOutWhatExpiredMeanwhile() {
        write();
        final ConntrackTable table = Flows.table(64);
        final Loaded loaded = load(TOPOLOGY, table, EPOCH + 29 * SECOND);
        assertEquals(file + ": 2 connections restored, 1 expired meanwhile", loaded.line());
        assertEquals(0, load(TOPOLOGY, Flows.table(64), EPOCH + 29 * SECOND - 1).expired());
    }

    @Test
    void shouldTakeAClockThatWentBackForNoTime() {
        write();
        final ConntrackTable table = Flows.table(64);
        assertEquals(3, load(TOPOLOGY, table, EPOCH - 1_000 * SECOND).restored());
        assertTrue(Flows.lines(table, 7 * SECOND).toString().contains("29 s left"));
    }

    @Test
    void shouldFollowRoutersToTheirNewZones() {
        write();
        final ConntrackTable table = Flows.table(64);
        assertEquals(
                3,
                load(Flows.topology(900, "router-b", "router-c", "router-a"), table, EPOCH)
                        .restored());
        final String lines = Flows.lines(table, 7 * SECOND).toString();
        assertTrue(
                lines.contains(
                        "tcp 10.0.1.11:40000 > 8.8.8.8:443 zone 902, reply tcp 8.8.8.8:443 > 203.0.113.30:40000 zone 902"),
                lines);
        assertTrue(lines.contains("udp 10.0.1.11:1 > 8.8.8.8:443 zone 900,"), lines);
    }

    @Test
    void shouldLeaveOutRoutersThatAreGone() {
        write();
        final Loaded loaded = load(Flows.topology(6, "router-a"), Flows.table(64), EPOCH);
        assertEquals(file + ": 2 connections restored, 1 of routers that are gone", loaded.line());
    }

    @Test
    void shouldNotKeepConnectionsOfRoutersThatAreGone() {
        final ConntrackTable table = Flows.table(64);
        Flows.tcp(table, 99, 1, SHARED, SECOND);
        Flows.tcp(table, 6, 1, SHARED, SECOND);
        assertEquals(
                file + ": 1 connection written", new ConnectionStore(file, HOST).save(TOPOLOGY, table, SECOND, EPOCH));
    }

    @Test
    void shouldCutWhatIsTranslatedInAnotherWayNow() {
        write();
        final TopologySnapshot moved = Flows.topology(5, SHARED, GUEST + 1, "router-a", "router-b");
        assertEquals(
                file + ": 2 connections restored, 1 of addresses that have changed",
                load(moved, Flows.table(64), EPOCH).line());
        final TopologySnapshot renumbered = Flows.topology(5, SHARED + 1, GUEST, "router-a", "router-b");
        assertEquals(
                file + ": 1 connection restored, 2 of addresses that have changed",
                load(renumbered, Flows.table(64), EPOCH).line());
    }

    @Test
    void shouldKeepForwardedPortsWhileTheyLeadToTheSameGuest() {
        final ConntrackTable table = Flows.table(64);
        table.open(
                TupleKey.addresses(Flows.REMOTE, FLOATING + 1),
                TupleKey.ports(5, TupleKey.TCP, 50_000, 8_080),
                TupleKey.addresses(GUEST, Flows.REMOTE),
                TupleKey.ports(5, TupleKey.TCP, 80, 50_000),
                GUEST,
                SECOND);
        new ConnectionStore(file, HOST).save(TOPOLOGY, table, SECOND, EPOCH);
        assertEquals(
                1,
                load(Flows.forwarding(FLOATING + 1, 8_080, 80), Flows.table(64), EPOCH)
                        .restored());
        assertEquals(
                1,
                load(Flows.forwarding(FLOATING + 1, 8_080, 81), Flows.table(64), EPOCH)
                        .unbound());
        assertEquals(
                1,
                load(Flows.forwarding(FLOATING + 1, 8_081, 80), Flows.table(64), EPOCH)
                        .unbound());
        assertEquals(
                1,
                load(Flows.forwarding(FLOATING + 2, 8_080, 80), Flows.table(64), EPOCH)
                        .unbound());
    }

    @Test
    void shouldSayWhatDoesNotFit() {
        final ConntrackTable table = Flows.udp(Flows.table(64), 5, 20, GUEST, SECOND);
        new ConnectionStore(file, HOST).save(TOPOLOGY, table, SECOND, EPOCH);
        assertEquals(
                file + ": 16 connections restored, 4 that did not fit into the table",
                load(TOPOLOGY, Flows.table(16), EPOCH).line());
    }

    @Test
    void shouldRefuseEveryTruncation() throws IOException {
        write();
        final byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertRefused(length == 0 ? "is empty" : "is torn: it ends ");
        }
        Files.write(file, Arrays.copyOf(whole, whole.length + 1));
        assertRefused("is torn: it ends at byte " + (whole.length + 1) + ", its header says " + whole.length);
        Files.write(file, whole);
        assertEquals(3, load().restored());
    }

    @Test
    void shouldRefuseEveryDamagedByte() throws IOException {
        write();
        final byte[] whole = Files.readAllBytes(file);
        for (int at = 0; at < whole.length; at++) {
            for (final int bits : new int[] {0x01, 0x80, 0xFF}) {
                final byte[] damaged = whole.clone();
                damaged[at] ^= (byte) bits;
                Files.write(file, damaged);
                assertRefused(
                        at < 8 ? "is no state file" : at < 12 ? "has format version" : at < 16 ? "is damaged" : "is ");
            }
        }
    }

    @Test
    void shouldRefuseHolesOfAFileThatWasNeverWrittenToTheDisk() throws IOException {
        write();
        final byte[] whole = Files.readAllBytes(file);
        for (int from = 48; from < whole.length; from += 16) {
            final byte[] holed = whole.clone();
            Arrays.fill(holed, from, whole.length, (byte) 0);
            Files.write(file, holed);
            assertRefused("is damaged: the checksum at offset " + (whole.length - 4));
        }
    }

    @Test
    void shouldNotTrustWhatIsWellSigned() throws IOException {
        write();
        final byte[] whole = Files.readAllBytes(file);
        final byte[] zones = whole.clone();
        zones[40] = 77;
        sign(zones);
        assertRefused("is damaged: its names do not fit together");
        final byte[] name = whole.clone();
        name[48] = (byte) 0xFF;
        name[49] = (byte) 0xFF;
        sign(name);
        assertRefused("is damaged: its names do not fit together at offset 50");
        final byte[] records = whole.clone();
        records[39] = 0x7F; // more records than any file has
        sign(records);
        assertRefused("is damaged: the lengths in its header do not add up");
        final byte[] record = whole.clone();
        record[whole.length - 4 - ConnectionRecord.LENGTH + 39] = 0x7F; // a lifetime of centuries
        sign(record);
        assertEquals(file + ": 2 connections restored, 1 that did not fit into the table", load().line());
    }

    @Test
    void shouldReplaceADamagedFile() throws IOException {
        write();
        Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 100));
        final ConnectionStore store = new ConnectionStore(file, HOST);
        assertTrue(store.load(TOPOLOGY, Flows.table(64), 0, EPOCH).isRefused());
        store.save(TOPOLOGY, Flows.udp(Flows.table(64), 5, 2, GUEST, SECOND), SECOND, EPOCH);
        assertEquals(2, load().restored());
    }

    @Test
    void shouldLeaveFilesOfOthersAlone() throws IOException {
        final String text = "hosts:\n  - name: network1\n";
        Files.writeString(file, text);
        assertForeign("is no state file: it does not begin with dvrstate");
        assertEquals(text, Files.readString(file));

        Files.delete(file);
        write();
        final byte[] whole = Files.readAllBytes(file);
        whole[50] ^= 1; // another host, "oetwork1"
        sign(whole);
        assertForeign("is the state of host oetwork1, not of network1");
        assertArrayEquals(whole, Files.readAllBytes(file));
    }

    private void assertForeign(final String why) {
        assertRefused(why);
        final ConnectionStore store = new ConnectionStore(file, HOST);
        assertTrue(store.load(TOPOLOGY, Flows.table(64), 0, EPOCH).line().contains("leaving it alone"));
        assertEquals(
                file + ": not written, it is somebody else's",
                store.save(TOPOLOGY, Flows.udp(Flows.table(64), 5, 2, GUEST, SECOND), SECOND, EPOCH));
    }

    @Test
    void shouldTellBeforeTheStartWhatCannotBeWritten() {
        assertTrue(assertThrows(StateException.class, () -> new ConnectionStore(folder, HOST))
                .getMessage()
                .contains("is a directory; name a file"));
        final Path nowhere = folder.resolve("not/there.state");
        final String message = assertThrows(StateException.class, () -> new ConnectionStore(nowhere, HOST))
                .getMessage();
        assertTrue(message.startsWith(nowhere + ": cannot be written"), message);
    }

    @Test
    void shouldLeaveTheOldFileWhereTheNewOneFails() throws IOException {
        write();
        final byte[] before = Files.readAllBytes(file);
        Files.createDirectory(StateWriter.temporary(file)); // nothing can be written there
        final StateException e = assertThrows(StateException.class, () -> new ConnectionStore(file, HOST)
                .save(TOPOLOGY, Flows.table(64), SECOND, EPOCH));
        assertTrue(e.getMessage().startsWith(file + ": cannot be written"), e.getMessage());
        assertArrayEquals(before, Files.readAllBytes(file));
    }

    @Test
    void shouldWriteOverWhatAKilledWriterLeft() throws IOException {
        Files.write(StateWriter.temporary(file), new byte[3_000_000]);
        write();
        assertEquals(3, load().restored());
    }

    @Test
    void shouldThrowAwayWhatIsNotCommitted() throws IOException {
        write();
        final byte[] before = Files.readAllBytes(file);
        try (StateWriter writer = new ConnectionStore(file, HOST).write(TOPOLOGY)) {
            assertTrue(Files.exists(StateWriter.temporary(file)));
            assertEquals(0, writer.count());
        }
        assertFalse(Files.exists(StateWriter.temporary(file)));
        assertArrayEquals(before, Files.readAllBytes(file));
    }
}
