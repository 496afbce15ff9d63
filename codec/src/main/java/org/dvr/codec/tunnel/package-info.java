/**
 * VXLAN and GRE headers, what tells one segment from another on the underlay.
 *
 * <p>A flyweight belongs to the thread that wraps it. Must not know segments or tunnel endpoints.
 */
package org.dvr.codec.tunnel;
