package org.dvr.app.observe;

import java.util.List;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.dataplane.topology.UnderlayView;

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

    /** {@return how tunnel peers are reached, as far as the kernel was asked} */
    default UnderlayView underlay() {
        return UnderlayView.EMPTY;
    }
}
