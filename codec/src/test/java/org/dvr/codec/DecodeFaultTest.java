package org.dvr.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DecodeFaultTest {
    @Test
    void shouldLabelEachFaultInKebabCase() {
        assertEquals("vxlan-vni-flag-unset", DecodeFault.VXLAN_VNI_FLAG_UNSET.label());
        final Set<String> labels = new HashSet<>();
        for (final DecodeFault fault : DecodeFault.values()) {
            assertTrue(labels.add(fault.label()), fault.label());
            assertTrue(fault.label().chars().allMatch(c -> c == '-' || Character.isLetterOrDigit(c)), fault.label());
        }
    }
}
