/**
 * Workers: one thread, one core, run to completion. A worker owns its ports, its frames and its flow tables; it reads the topology once per duty
 * cycle and is told the time.
 */
package org.dvr.dataplane.worker;
