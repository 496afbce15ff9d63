package org.dvr.app.observe;

import java.util.List;
import org.dvr.dataplane.topology.TopologySnapshot;

/** A running forwarder as those see it who look into it. All methods are called by any thread, at any time between start and close. */
public interface ForwarderView {
    /** {@return the host it is} */
    String host();

    /** {@return when the process began, milliseconds since the epoch} */
    long startedEpochMs();

    /**
     * The wall clock's time of a moment that workers were told.
     *
     * @param nowNs a time as given to {@code Worker.doWork}
     * @return nanoseconds since the epoch
     */
    long epochNs(long nowNs);

    /** {@return its workers, always the same} */
    List<WorkerView> workers();

    /** {@return the topology in force} */
    TopologySnapshot topology();

    /** {@return what is known of devices, of those attachment points that have or had one; in any order} */
    List<PortStatus> ports();

    /**
     * What is known of the way to a tunnel peer, in words: next hop, MAC, MTU; or why there is none.
     *
     * @param peerIp its tunnel address, IPv4
     * @return empty where nothing is known
     */
    default String underlay(final int peerIp) {
        return "";
    }
}
