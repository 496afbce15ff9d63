package org.dvr.control.model;

/**
 * The DVR MAC of a host.
 *
 * @param origin where it was written
 * @param host the host's name
 * @param mac low 48 bits
 */
public record DvrHostMac(Origin origin, String host, long mac) implements Resource {
    @Override
    public String id() {
        return host;
    }
}
