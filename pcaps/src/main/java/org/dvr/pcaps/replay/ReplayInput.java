package org.dvr.pcaps.replay;

import java.nio.file.Path;

/**
 * A capture of what arrives at an attachment point.
 *
 * @param name of the attachment point
 * @param file pcap or pcapng
 */
public record ReplayInput(String name, Path file) {}
