package org.dvr.app.observe;

import org.dvr.dataplane.stats.DutyCycle;
import org.dvr.dataplane.worker.Alarms;
import org.dvr.dataplane.worker.Worker;

/**
 * A worker as those see it who look into it.
 *
 * @param worker asked through its inbox; its counters are read as they are
 * @param dutyCycle kept by the thread that drives it
 * @param alarms kept by the thread that drives it; null where nobody watches for shortages
 */
public record WorkerView(Worker worker, DutyCycle dutyCycle, Alarms alarms) {}
