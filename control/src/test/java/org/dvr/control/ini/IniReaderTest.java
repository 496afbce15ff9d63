package org.dvr.control.ini;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.dvr.control.model.Findings;
import org.junit.jupiter.api.Test;

/** The format of oslo.config, rule by rule. */
class IniReaderTest {
    private final Findings findings = new Findings();

    private List<String> read(final String text) {
        return IniReader.read("f.ini", text, findings).stream()
                .map(entry -> entry.line() + " [" + entry.section() + "] " + entry.key() + "=" + entry.value())
                .toList();
    }

    @Test
    void shouldReadSectionsAndAssignments() {
        assertEquals(
                List.of("2 [DEFAULT] host=compute1", "4 [ovs] local_ip=172.16.0.1", "5 [ovs] a=b=c:d", "6 [ovs] e=f=g"),
                read("[DEFAULT]\r\nhost = compute1\r\n[OVS]\nlocal_ip=172.16.0.1 \na = b=c:d\ne: f=g"));
        assertEquals("", findings.toString());
    }

    @Test
    void shouldJoinLinesThatContinueAValueUntilAnEmptyOne() {
        assertEquals(
                List.of("2 [ml2] a=x,\ny,\nz", "5 [ml2] b=\none", "8 [ml2] c="),
                read("[ml2]\na = x,\n  y,\n\tz\nb =\n one\n\nc =\n"));
        assertEquals("", findings.toString());
        assertEquals(List.of("2 [ml2] a=x"), read("[ml2]\na = x\n\n  y"));
        assertEquals(
                List.of("f.ini:4: the line begins with a blank but continues no value, remove the blank"),
                findings.errors());
    }

    @Test
    void shouldTakeCommentsOnlyAtTheBeginningOfALine() {
        assertEquals(
                List.of("4 [agent] dscp=8 # not a comment"),
                read("# a\n[agent]\n; b = c\ndscp = 8 # not a comment\n#\n"));
        assertEquals("", findings.toString());
    }

    @Test
    void shouldKeepEveryTimeAKeyIsWritten() {
        assertEquals(List.of("2 [a] k=1", "3 [a] k=2", "5 [a] k=3"), read("[a]\nk=1\nk=2\n[A]\nk=3"));
    }

    @Test
    void shouldTakeOnePairOfQuotesOff() {
        assertEquals(
                List.of("2 [a] k= x ", "3 [a] l='y\"", "4 [a] m=\"", "5 [a] n="),
                read("[a]\nk=\" x \"\nl='y\"\nm=\"\nn=''"));
    }

    @Test
    void shouldTellOfEverythingThatCannotBeRead() {
        assertEquals(
                List.of("6 [ok] k=v"), read("\uFEFFk = v\n[open\n[]\nno assignment\n[ok]\nk = v\n= v\n[default]\n"));
        assertEquals(
                List.of(
                        "f.ini:1: k stands before the first section, put [DEFAULT] before it",
                        "f.ini:2: section [open has no ] at its end, write [section] alone on a line",
                        "f.ini:3: section [] has no name, write [DEFAULT] or the section's name",
                        "f.ini:4: there is no = in \"no assignment\", write KEY = VALUE, or # before a comment",
                        "f.ini:7: there is no key before =, write KEY = VALUE"),
                findings.errors());
        assertEquals(
                List.of("f.ini:8: section [default] is not [DEFAULT]: Neutron ignores it, and so is done here"),
                findings.warnings());
    }
}
