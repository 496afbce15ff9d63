package org.dvr.app.run;

import org.dvr.control.model.Host;
import org.dvr.dataplane.topology.Attachment;

/** Which device is behind an attachment point (contract.md §2). */
final class DeviceNames {
    /** Our end of the pair of devices that leads to the metadata proxy. */
    static final String METADATA = "dvr-md-port";

    private DeviceNames() {}

    /**
     * Names the device.
     *
     * @param attachment an attachment point of the host
     * @param host       as the topology describes it
     * @return empty where the topology does not say
     */
    static String of(final Attachment attachment, final Host host) {
        return switch (attachment.kind()) {
            case UNDERLAY -> host.underlayDevice();
            case PHYSICAL -> host.bridgeMappings().getOrDefault(attachment.name(), "");
            case GUEST -> attachment.name();
            case METADATA -> METADATA;
        };
    }

    /**
     * Says what the topology leaves out.
     *
     * @param attachment an attachment point without a device
     * @param host       as the topology describes it
     * @return one line
     */
    static String missing(final Attachment attachment, final Host host) {
        return switch (attachment.kind()) {
            case UNDERLAY ->
                "no device: give hosts[" + host.name() + "].underlay_device, or put the tunnel address on a device";
            default -> "no device: give hosts[" + host.name() + "].bridge_mappings." + attachment.name();
        };
    }
}
